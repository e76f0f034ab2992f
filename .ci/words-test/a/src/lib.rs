//! Public: he is found here.

/// Public: for want of a better word.
#[derive(Debug)]
pub enum Shape {
    /// Round.
    Circle,
    /// Has so
    /// many corners, which is found over the end of a line.
    Polygon,
}

/// Rest, since the item is private: nobody.
#[cfg(feature = "a, \
    and an attribute that goes on")]
pub(crate) struct Inner;

/// Public: Is it a question?
///
/// ```
/// // Not in code: is it?
/// let a = b?
/// ```
pub fn ask(a: &str) -> char {
    // Rest: what there is to say.
    panic!("public: the caller is told {a}" /* not found */);
    let quote = '"'; // "so long" in a comment, after a quote
    let raw = r#"public: "his" in a raw string"#;
    "public: over two \
     lines, nobody";
    call("nobody", "one \"is\" told"); // Not found in a name; found in a message.
    '\''
}

/// Not found: the caller who waits, this, heart, whose, nobodies.
pub trait Ask {
    /// Public, without `pub`: who waits.
    fn who_is_it(&self);
}

impl Ask for Inner {
    /// Rest: such a part.
    fn nobody_asks(&self) {}
}

#[cfg(test)]
mod tests {
    #[test]
    fn somebody_waits() {
        assert!(true, "rest: he");
    }
}

/// Public again after the tests: in somebody's hand.
#[macro_export]
macro_rules! ask {
    () => {};
}
