//! Prints tables in Markdown.

pub struct Table<'a> {
    title: &'a str,
    columns: &'a [&'a str],
    rows: Vec<String>,
}

impl<'a> Table<'a> {
    pub fn new(title: &'a str, columns: &'a [&'a str]) -> Self {
        Self { title, columns, rows: Vec::new() }
    }

    pub fn row(&mut self, name: &str, cells: &[String]) {
        self.rows.push(format!("| {name} | {} |", cells.join(" | ")));
    }

    pub fn print(&self) {
        println!("#### {}\n", self.title);
        println!("| {} |", self.columns.join(" | "));
        println!("|---{}|", "|--:".repeat(self.columns.len() - 1));
        println!("{}\n", self.rows.join("\n"));
    }
}
