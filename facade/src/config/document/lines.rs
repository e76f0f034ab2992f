use super::Unreadable;

/// Where the lines of a text begin.
pub(super) struct Lines<'t> {
    text: &'t str,
    starts: Vec<usize>,
}

impl<'t> Lines<'t> {
    pub(super) fn of(text: &'t str) -> Self {
        let after_breaks = text.match_indices('\n').map(|(at, _)| at + 1);
        Self { text, starts: std::iter::once(0).chain(after_breaks).collect() }
    }

    /// The line and the column of byte `at`, both from 1.
    pub(super) fn position(&self, at: usize) -> (usize, usize) {
        let line = self.starts.partition_point(|start| *start <= at);
        let start = self.starts[line - 1];
        let before = self.text.get(start..at.min(self.text.len())).unwrap_or_default();
        (line, before.chars().count() + 1)
    }

    pub(super) fn line(&self, at: usize) -> usize {
        self.position(at).0
    }

    /// The text makes no sense at byte `at`.
    pub(super) fn syntax(&self, message: impl Into<String>, at: Option<usize>) -> Unreadable {
        let (line, column) = at.map(|at| self.position(at)).unzip();
        Unreadable::Syntax { message: message.into(), line, column }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn positions_count_lines_and_letters() {
        let lines = Lines::of("a\r\nüb\n");
        let expected =
            [(0, (1, 1)), (1, (1, 2)), (3, (2, 1)), (5, (2, 2)), (7, (3, 1)), (99, (3, 1))];
        for (at, position) in expected {
            assert_eq!(lines.position(at), position, "byte {at}");
        }
        assert_eq!(Lines::of("").position(0), (1, 1));
    }
}
