use std::sync::OnceLock;

/// The page for a response with this nonce, which its style and its script need to be used.
pub(crate) fn page(nonce: &str) -> String {
    static PAGE: OnceLock<String> = OnceLock::new();
    let page = PAGE.get_or_init(|| {
        let script = concat!(
            "\"use strict\";(() => {\n",
            include_str!("assets/dom.js"),
            include_str!("assets/format.js"),
            include_str!("assets/charts.js"),
            include_str!("assets/control.js"),
            include_str!("assets/cards.js"),
            include_str!("assets/settings.js"),
            include_str!("assets/page.js"),
            "})();",
        );
        let page = include_str!("assets/page.html");
        page.replace("{style}", include_str!("assets/page.css")).replace("{script}", script)
    });
    page.replace("{nonce}", nonce)
}
