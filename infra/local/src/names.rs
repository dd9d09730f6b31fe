//! Under which names `relance dev` answers: its own only. A web page that lets its own name mean this machine (DNS
//! rebinding) would read the mails otherwise, and turn the clock.

use std::net::SocketAddr;

use axum::extract::{Request, State};
use axum::http::header::{HOST, ORIGIN};
use axum::http::{HeaderMap, HeaderName, Method, StatusCode};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

/// The names, each with the port.
#[derive(Debug, Clone)]
pub(crate) struct Names(Vec<String>);

impl Names {
    /// Those of this machine, and the address itself where it is one of another machine's view.
    pub(crate) fn of(listening: SocketAddr) -> Self {
        let port = listening.port();
        let mut names: Vec<String> = ["localhost", "127.0.0.1", "[::1]"]
            .map(|name| format!("{name}:{port}"))
            .into();
        if !listening.ip().is_unspecified() {
            names.push(listening.to_string());
        }
        // Where the port is the usual one, nobody says it.
        let without_port = names.iter().filter_map(|name| name.strip_suffix(":80"));
        let without_port: Vec<String> = without_port.map(str::to_owned).collect();
        names.extend(without_port);
        Self(names)
    }

    fn has(&self, name: &str) -> bool {
        self.0.iter().any(|known| known.eq_ignore_ascii_case(name))
    }

    /// Why a request is not answered, if it is not.
    fn refuse(&self, method: &Method, headers: &HeaderMap) -> Option<(StatusCode, &'static str)> {
        if !the_only(headers, &HOST).is_some_and(|host| self.has(host)) {
            let why = "this is not my name: call me localhost, with my port\n";
            return Some((StatusCode::MISDIRECTED_REQUEST, why));
        }
        let is_foreign = |origin: &str| {
            let name = origin.strip_prefix("http://");
            !name.is_some_and(|name| self.has(name))
        };
        let may_change = !method.is_safe();
        let origins = headers.contains_key(ORIGIN);
        if may_change && origins && the_only(headers, &ORIGIN).is_none_or(is_foreign) {
            let why = "a page from elsewhere may not change anything here\n";
            return Some((StatusCode::FORBIDDEN, why));
        }
        None
    }
}

/// A header that stands once, as text.
fn the_only<'h>(headers: &'h HeaderMap, name: &HeaderName) -> Option<&'h str> {
    let mut values = headers.get_all(name).iter();
    match (values.next(), values.next()) {
        (Some(value), None) => value.to_str().ok(),
        _ => None,
    }
}

/// Lets through what is meant for us.
pub(crate) async fn own_only(State(names): State<Names>, request: Request, next: Next) -> Response {
    match names.refuse(request.method(), request.headers()) {
        Some(refusal) => refusal.into_response(),
        None => next.run(request).await,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(method: Method, headers: &[(HeaderName, &str)]) -> Option<StatusCode> {
        let names = Names::of(SocketAddr::from(([127, 0, 0, 1], 8787)));
        let pairs = headers.iter();
        let headers: HeaderMap = pairs
            .map(|(name, value)| (name.clone(), value.parse().unwrap()))
            .collect();
        names.refuse(&method, &headers).map(|(status, _)| status)
    }

    #[test]
    fn fault_37_dev_answers_to_its_own_names_with_its_port() {
        for own in [
            "localhost:8787",
            "127.0.0.1:8787",
            "[::1]:8787",
            "LOCALHOST:8787",
        ] {
            assert_eq!(answer(Method::GET, &[(HOST, own)]), None, "{own}");
        }
        for other in [
            "evil.example:8787",
            "evil.example",
            "localhost",
            "localhost:80",
            "localhost.evil.example:8787",
            "192.168.1.2:8787",
            "",
        ] {
            let refused = answer(Method::GET, &[(HOST, other)]);
            assert_eq!(refused, Some(StatusCode::MISDIRECTED_REQUEST), "{other}");
        }
        assert_eq!(
            answer(Method::GET, &[]),
            Some(StatusCode::MISDIRECTED_REQUEST)
        );
    }

    #[test]
    fn fault_37_a_page_from_elsewhere_changes_nothing() {
        let host = (HOST, "localhost:8787");
        let from = |method: Method, origin| answer(method, &[host.clone(), (ORIGIN, origin)]);
        for own in ["http://localhost:8787", "http://127.0.0.1:8787"] {
            assert_eq!(from(Method::POST, own), None, "{own}");
        }
        for foreign in [
            "null",
            "http://evil.example",
            "https://localhost:8787",
            "http://localhost:3000",
        ] {
            let refused = from(Method::POST, foreign);
            assert_eq!(refused, Some(StatusCode::FORBIDDEN), "{foreign}");
        }
        // Nothing is changed by a look, and who may read it the browser decides by itself.
        assert_eq!(from(Method::GET, "http://evil.example"), None);
        // No browser: curl, Stripe's own command line.
        assert_eq!(answer(Method::POST, &[host]), None);
    }

    #[test]
    fn an_address_that_others_see_is_a_name_too() {
        let names = Names::of(SocketAddr::from(([192, 168, 1, 2], 8787)));
        assert!(names.has("192.168.1.2:8787"));
        let everywhere = Names::of(SocketAddr::from(([0, 0, 0, 0], 8787)));
        assert!(!everywhere.has("0.0.0.0:8787"));
        assert!(Names::of(SocketAddr::from(([127, 0, 0, 1], 80))).has("localhost"));
    }
}
