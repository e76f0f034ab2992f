//! Instances that share a limit, simulated: never more than the limit, and hardly less.

use std::time::Duration;

#[path = "../examples/simulate/grid.rs"]
mod grid;

#[test]
fn no_cell_of_the_grid_admits_more_than_the_limit_or_asks_too_often() {
    let (limit, length) = (f64::from(grid::LIMIT), Duration::from_secs(16));
    for cell in grid::cells(length, &[1, 4, 16], &[0.5, 1.0, 2.0]) {
        let has_fault = !cell.plan.faults.is_empty();
        if has_fault && cell.load == 1.0 {
            continue;
        }
        let report = cell.run();
        let name = (cell.name, cell.away, cell.plan.instances, cell.load);
        let most = match cell.name {
            "steady" | "skewed" => 0.005,
            "on and off" => 0.06,
            _ => 1.0,
        };
        let part = report.shortfall(limit, limit, Duration::from_secs(2));
        assert!(part < most, "{part} of what could be admitted is refused: {name:?}");
        let requests = report.requests_per_second(length);
        assert!(requests <= 8.0, "{requests} requests a second: {name:?}");
        let above = report.most_above(limit, limit);
        assert!(above <= 1e-6, "{above} calls too many: {name:?}\n{:#?}", cell.plan);
    }
}

#[test]
fn an_instance_makes_few_requests_whatever_the_load() {
    let length = Duration::from_secs(16);
    for cell in grid::cells(length, &[1, 16], &[0.002, 0.02, 0.1, 0.25, 5.0]) {
        let is_loaded = ["steady", "shifting", "on and off"].contains(&cell.name);
        if is_loaded {
            let requests = cell.run().requests_per_second(length);
            let name = (cell.name, cell.away, cell.plan.instances, cell.load);
            assert!(requests <= 8.0, "{requests} requests a second: {name:?}");
        }
    }
}
