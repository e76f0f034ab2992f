//! Pictures of any page that runs, to look at: of the storefront during its outage, for example.

use crate::driver::Browser;

#[tokio::test]
#[ignore = "set SEAWALL_STATUS_URL to the address of a page, and SEAWALL_SCREENSHOTS to a folder"]
async fn pictures_in_light_and_dark_at_390_and_1440_pixels() {
    let variable = |name| std::env::var(name).unwrap_or_else(|_| panic!("{name} is not set"));
    let (url, folder) = (variable("SEAWALL_STATUS_URL"), variable("SEAWALL_SCREENSHOTS"));
    let browser = Browser::start().await;
    browser.open(&url).await;
    browser.wait_for("document.querySelector('article') !== null").await;
    for (width, height) in [(390, 844), (1440, 900)] {
        browser.resize(width, height).await;
        for scheme in ["light", "dark"] {
            browser.prefer(scheme).await;
            let whole =
                serde_json::json!({"captureBeyondViewport": true, "optimizeForSpeed": true});
            let picture = browser.devtools("Page.captureScreenshot", whole).await;
            let picture = picture["data"].as_str().expect("a picture");
            let file = format!("{folder}/{width}-{scheme}.png.base64");
            std::fs::write(file, picture).expect("the folder is there");
        }
    }
}
