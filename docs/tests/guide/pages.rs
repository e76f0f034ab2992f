//! The Markdown files of the repository.

use std::fs;
use std::path::{Path, PathBuf};

/// A file with its text.
pub(crate) struct Page {
    pub(crate) path: PathBuf,
    pub(crate) text: String,
}

impl Page {
    pub(crate) fn read(path: impl AsRef<Path>) -> Self {
        let path = path.as_ref().to_owned();
        let text =
            fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        Self { path, text }
    }

    /// Returns the fenced blocks of `language`, each with the number of its first line.
    pub(crate) fn blocks(&self, language: &str) -> Vec<(usize, String)> {
        let (mut blocks, mut open) = (Vec::new(), None);
        for (index, line) in self.text.lines().enumerate() {
            if let Some(info) = line.strip_prefix("```") {
                if let Some((true, first, block)) = open.take() {
                    blocks.push((first, block));
                } else {
                    let of_language = info.split(',').next() == Some(language);
                    open = Some((of_language, index + 2, String::new()));
                }
            } else if let Some((_, _, block)) = &mut open {
                block.push_str(line);
                block.push('\n');
            }
        }
        blocks
    }

    pub(crate) fn shown(&self) -> String {
        self.path.strip_prefix(root()).unwrap_or(&self.path).display().to_string()
    }
}

pub(crate) fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the repository").to_owned()
}

/// Returns all pages under `folder`, without those of `target` and the beginnings of generated pages.
pub(crate) fn under(folder: impl AsRef<Path>) -> Vec<Page> {
    let mut pages = Vec::new();
    for entry in fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("readable").path();
        let name = path.file_name().expect("a name").to_string_lossy();
        if path.is_symlink() || name.starts_with('.') || name == "target" {
            continue;
        } else if path.is_dir() {
            pages.append(&mut under(path));
        } else if name.ends_with(".md") && name != "head.md" && !name.ends_with("_head.md") {
            pages.push(Page::read(path));
        }
    }
    pages
}

pub(crate) fn guide() -> Vec<Page> {
    under(root().join("docs/guide"))
}
