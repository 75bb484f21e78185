//! A **site** is what pages share their furniture with: usually the host that they come from. Which
//! site a URL is of is said here, for every input alike.

use url::Url;

/// The host of `url` as a site: lower case, without port and `www.`; `None` if it has none.
///
/// ```
/// use saring::site::site_of;
///
/// assert_eq!(site_of("https://www.Warta.example:443/a").as_deref(), Some("warta.example"));
/// assert_eq!(site_of("warta.example/a"), None); // no scheme, so no URL
/// ```
pub fn site_of(url: &str) -> Option<String> {
    let host = Url::parse(url).ok()?.host_str()?.to_lowercase();
    let host = host.strip_prefix("www.").unwrap_or(&host);
    (!host.is_empty()).then(|| host.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_that_is_no_url_with_a_host_has_no_site() {
        for url in [
            "",
            "beranda",
            "mailto:a@b.example",
            "https://",
            "http://www./",
        ] {
            assert_eq!(site_of(url), None, "{url}");
        }
    }

    #[test]
    fn only_the_first_www_is_left_out() {
        assert_eq!(
            site_of("http://www.www.example/").as_deref(),
            Some("www.example")
        );
        assert_eq!(
            site_of("http://wwwx.example/").as_deref(),
            Some("wwwx.example")
        );
    }
}
