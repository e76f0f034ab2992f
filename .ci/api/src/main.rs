//! Prints the public API of each crate whose rustdoc JSON is named to a file of its own.

use std::error::Error;
use std::path::Path;
use std::{env, fs};

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = env::args().skip(1);
    let folder = arguments.next().ok_or("usage: api FOLDER JSON...")?;
    for json in arguments {
        let json = Path::new(&json);
        let api = public_api::Builder::from_rustdoc_json(json)
            .omit_blanket_impls(true)
            .omit_auto_trait_impls(true)
            .omit_auto_derived_impls(true)
            .build()?;
        let name = json.file_stem().ok_or("no name")?.to_string_lossy().replace('_', "-");
        fs::write(Path::new(&folder).join(name + ".txt"), api.to_string())?;
    }
    Ok(())
}
