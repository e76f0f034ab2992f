//! Instances that share a limit, simulated: never more than the limit, and hardly less.

use std::time::Duration;

#[path = "../examples/simulate/grid.rs"]
mod grid;

#[test]
fn no_cell_of_the_grid_admits_more_than_the_limit() {
    let limit = f64::from(grid::LIMIT);
    for cell in grid::cells(Duration::from_secs(16), &[1, 4, 16], &[0.5, 2.0]) {
        let report = cell.run();
        let above = report.most_above(limit, limit);
        let name = (cell.name, cell.away, cell.plan.instances, cell.load);
        if cell.name == "steady" {
            let part = report.shortfall(limit, limit, Duration::ZERO);
            assert!(part < 0.06, "{part} of what could be admitted is refused: {name:?}");
        }
        assert!(above <= 1e-6, "{above} calls too many: {name:?}\n{:#?}", cell.plan);
    }
}
