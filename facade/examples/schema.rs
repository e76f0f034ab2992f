//! Prints the JSON Schema of settings, for editors:
//!
//! ```sh
//! cargo run --example schema > seawall.schema.json
//! ```

fn main() {
    println!("{:#}", seawall::schema());
}
