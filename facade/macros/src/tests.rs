use proc_macro2::TokenStream;
use quote::quote;

use crate::expand::expand;

/// What `#[protected(ARGUMENTS)] FUNCTION` expands to, or the column and text of its error.
fn expanded(arguments: &str, function: &str) -> Result<String, (usize, String)> {
    let [arguments, function] =
        [arguments, function].map(|text| text.parse().expect("it is made of tokens"));
    let expanded = expand(arguments, function).map(|tokens| without_spaces(&tokens));
    let text = |error: syn::Error| (error.span().start().column, error.to_string());
    expanded.map_err(text)
}

/// The text of `tokens`. Between which of them a space stands depends on where they are from.
fn without_spaces(tokens: &TokenStream) -> String {
    tokens.to_string().replace(' ', "")
}

const CHARGE: &str = "async fn charge(infra: &Infra) -> Result<u8, Error<Failed>> { send().await }";

#[test]
fn a_function_becomes_the_documented_call() {
    let arguments = r#""charge_card", key = ("user", 7), cost = 2"#;
    let call = quote! {
        async fn charge(infra: &Infra) -> Result<u8, Error<Failed>> {
            infra.protect("charge_card")?.key(("user", 7)).cost(2)
                .run(async || -> <Result<u8, Error<Failed>> as ::seawall::ProtectedOutput>::Operation {
                    send().await
                })
                .await
        }
    };
    assert_eq!(expanded(arguments, CHARGE), Ok(without_spaces(&call)));
}

#[test]
fn a_blocking_function_runs_on_its_thread_and_a_handle_needs_no_name() {
    let function = "pub fn load(&self) -> Result<u8, Error<Failed>> { read() }";
    let call = quote! {
        pub fn load(&self) -> Result<u8, Error<Failed>> {
            (self.load).call()
                .run_blocking(|| -> <Result<u8, Error<Failed>> as ::seawall::ProtectedOutput>::Operation {
                    read()
                })
        }
    };
    assert_eq!(expanded("self.load", function), Ok(without_spaces(&call)));
    let by_name = expanded(r#""load", on = self.infra,"#, function).expect("valid");
    assert!(by_name.contains("(self.infra).protect(\"load\")?"), "{by_name}");
}

#[test]
fn each_mistake_is_reported_at_its_own_place() {
    let wrong = |arguments, function| expanded(arguments, function).expect_err("wrong");
    let unknown = wrong(r#""a", keys = 1"#, CHARGE);
    let methods = "on, retry, key, cost, deadline, timeout, max_wait, classify";
    assert_eq!(unknown, (5, format!("unknown argument `keys`; there are {methods}")));
    let twice = wrong(r#""a", cost = 1, cost = 2"#, CHARGE);
    assert_eq!(twice, (15, "`cost` is given twice".to_owned()));
    assert_eq!(wrong(r#""a", on = x, on = y"#, CHARGE).1, "`on` is given twice");
    let beside = "`on` says where a name is looked up, and this protection is a handle";
    assert_eq!(wrong("self.charge, on = infra", CHARGE), (13, beside.to_owned()));
    let first = "the first argument is the name of a protection, or a handle";
    assert_eq!(wrong("key = 1", CHARGE), (0, first.to_owned()));
    let missing = "the name of a protection is missing: `#[protected(\"charge_card\")]`";
    assert!(wrong("", CHARGE).1.ends_with(missing));
    let expected = "a protected function returns `Result<T, seawall::Error<E>>`";
    assert_eq!(wrong(r#""a""#, "fn charge() {}"), (3, expected.to_owned()));
    let opaque = wrong(r#""a""#, "fn charge() -> impl Sized {}");
    assert_eq!(opaque, (15, format!("{expected}, not `impl Trait`")));
}

#[test]
fn a_function_that_may_be_repeated_has_copies_for_each_attempt() {
    let function = "async fn charge(&self, user: String, (a, _): (u8, u8)) -> Result<u8, Error<E>> { \
                    send(user, a).await }";
    let repeated = expanded("self.charge, retry, cost = 2", function).expect("valid");
    let call = "(self.charge).call().cost(2).idempotent().run_attempts(|_|{";
    assert!(repeated.contains(call), "{repeated}");
    for name in ["user", "a"] {
        let copy = format!("let{name}=::core::clone::Clone::clone(&{name});");
        assert!(repeated.contains(&copy), "{repeated}");
    }
    let blocking = function.replace("async ", "").replace(".await", "");
    let repeated = expanded("self.charge, retry", &blocking).expect("valid");
    assert!(repeated.contains(".idempotent().run_attempts_blocking(|_|->"), "{repeated}");
}

#[test]
fn what_cannot_be_repeated_is_an_error_at_its_place() {
    let wrong = |arguments: &str, inputs: &str| {
        let function = format!("fn charge({inputs}) -> Result<u8, Error<E>> {{ send() }}");
        expanded(arguments, &function).expect_err("wrong")
    };
    let of_self = "a function that is to be repeated borrows `self`: `&self`";
    assert_eq!(wrong(r#""a", retry"#, "self"), (10, of_self.to_owned()));
    assert_eq!(wrong(r#""a", retry"#, "&mut self").1, of_self);
    let of_mut = "a function that is to be repeated cannot have `&mut` arguments";
    assert_eq!(wrong(r#""a", retry"#, "n: &mut u8"), (13, of_mut.to_owned()));
    let names = "with `retry`, arguments are names or tuples of names";
    assert_eq!(wrong(r#""a", retry"#, "User { id }: User").1, names);
    assert_eq!(wrong(r#""a", retry = 3"#, "").1, "`retry` has no value");
    assert_eq!(wrong(r#""a", retry, retry"#, "").1, "`retry` is given twice");
}
