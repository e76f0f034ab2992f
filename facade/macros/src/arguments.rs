use proc_macro2::{Span, TokenStream};
use quote::quote_spanned;
use syn::parse::{Parse, ParseStream};
use syn::{Error, Expr, ExprLit, Ident, Lit, Token};

/// The methods of a call that an argument may name.
const METHODS: [&str; 6] = ["key", "cost", "deadline", "timeout", "max_wait", "classify"];

/// The arguments of the attribute.
pub(crate) struct Arguments {
    /// The call as it is before `methods`.
    pub(crate) call: TokenStream,
    /// Each method of the call, with its argument, as written.
    pub(crate) methods: Vec<(Ident, Expr)>,
    /// The argument that says that the body may be run again, if it is there.
    pub(crate) retry: Option<Ident>,
}

impl Parse for Arguments {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        if input.is_empty() {
            let expected = "the name of a protection is missing: `#[protected(\"charge_card\")]`";
            return Err(input.error(expected));
        }
        let protection: Expr = input.parse()?;
        if let Expr::Assign(assign) = &protection {
            let expected = "the first argument is the name of a protection, or a handle";
            return Err(Error::new_spanned(&assign.left, expected));
        }
        let (mut on, mut retry, mut methods) = (None, None, Vec::new());
        while !input.is_empty() {
            input.parse::<Token![,]>()?;
            if input.is_empty() {
                break;
            }
            let name: Ident = input.parse()?;
            check(&name, [on.is_some(), retry.is_some()], &methods)?;
            if name == "retry" {
                if input.peek(Token![=]) {
                    return Err(Error::new_spanned(name, "`retry` has no value"));
                }
                retry = Some(name);
                continue;
            }
            input.parse::<Token![=]>()?;
            let value: Expr = input.parse()?;
            if name == "on" {
                on = Some((name, value));
            } else {
                methods.push((name, value));
            }
        }
        let is_name = matches!(protection, Expr::Lit(ExprLit { lit: Lit::Str(_), .. }));
        // Mistakes in types are reported at the attribute.
        let here = Span::call_site();
        let call = match on {
            Some((_, on)) if is_name => quote_spanned!(here=> (#on).protect(#protection)?),
            None if is_name => {
                let infra = Ident::new("infra", here);
                quote_spanned!(here=> #infra.protect(#protection)?)
            }
            None => quote_spanned!(here=> (#protection).call()),
            Some((on, _)) => {
                let found = "`on` says where a name is looked up, and this protection is a handle";
                return Err(Error::new_spanned(on, found));
            }
        };
        Ok(Self { call, methods, retry })
    }
}

/// Checks that `name` is an argument that is not given yet.
fn check(
    name: &Ident,
    [has_on, has_retry]: [bool; 2],
    methods: &[(Ident, Expr)],
) -> syn::Result<()> {
    if !METHODS.iter().any(|known| name == known) && name != "on" && name != "retry" {
        let methods = METHODS.join(", ");
        let found = format!("unknown argument `{name}`; there are on, retry, {methods}");
        return Err(Error::new_spanned(name, found));
    }
    let is_given = name == "on" && has_on || name == "retry" && has_retry;
    if is_given || methods.iter().any(|(given, _)| given == name) {
        return Err(Error::new_spanned(name, format!("`{name}` is given twice")));
    }
    Ok(())
}
