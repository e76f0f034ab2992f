use std::io::{self, IsTerminal, Write};
use std::time::Duration;

use anstream::adapter::strip_str;
use crossterm::event::{self, Event, KeyCode, KeyEventKind, KeyModifiers};
use crossterm::style::Print;
use crossterm::terminal::{self, Clear, ClearType};
use crossterm::{cursor, execute, queue};

use crate::output::has_colors;

/// Returns true if keys are read from a terminal, and text is written to one.
pub(super) fn is_terminal() -> bool {
    io::stdin().is_terminal() && io::stdout().is_terminal()
}

/// A terminal with a screen of its own, which is put back when this is dropped.
pub(super) struct Screen(());

#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Key {
    Quit,
    /// No key, or one that means nothing.
    Other,
}

impl Screen {
    pub(super) fn open() -> io::Result<Self> {
        terminal::enable_raw_mode()?;
        let screen = Self(());
        execute!(io::stdout(), terminal::EnterAlternateScreen, cursor::Hide)?;
        Ok(screen)
    }

    /// Draws as many of `lines` as fit, over what is there, so that nothing flickers.
    pub(super) fn draw(&self, lines: &[String], height: usize) -> io::Result<()> {
        let shown = height.saturating_sub(1);
        let cut = lines.len().saturating_sub(shown);
        let shown = if cut > 0 { shown.saturating_sub(1) } else { shown };
        let more = (cut > 0).then(|| format!("… {} more lines", lines.len() - shown));
        let mut out = io::stdout().lock();
        queue!(out, cursor::MoveTo(0, 0))?;
        for line in lines.iter().take(shown).chain(&more) {
            let line = if has_colors() { line.clone() } else { strip_str(line).to_string() };
            // Raw mode needs the return of the carriage; the rest of the old line goes.
            queue!(out, Print(line), Clear(ClearType::UntilNewLine), Print("\r\n"))?;
        }
        queue!(out, Print("q: quit"), Clear(ClearType::FromCursorDown))?;
        out.flush()
    }

    /// Waits for a key, a change of the size, or until `time` is over.
    pub(super) fn wait(&self, time: Duration) -> io::Result<Key> {
        if !event::poll(time)? {
            return Ok(Key::Other);
        }
        let Event::Key(key) = event::read()? else { return Ok(Key::Other) };
        let ends = match key.code {
            KeyCode::Char('q') | KeyCode::Esc => true,
            KeyCode::Char('c' | 'd') => key.modifiers.contains(KeyModifiers::CONTROL),
            _ => false,
        };
        Ok(if ends && key.kind != KeyEventKind::Release { Key::Quit } else { Key::Other })
    }
}

impl Drop for Screen {
    fn drop(&mut self) {
        // If the terminal is gone there is nothing to put back.
        let _ = execute!(io::stdout(), cursor::Show, terminal::LeaveAlternateScreen);
        let _ = terminal::disable_raw_mode();
    }
}
