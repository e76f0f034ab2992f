use proc_macro2::{Span, TokenStream};
use quote::{ToTokens, quote, quote_spanned};
use syn::{Error, ItemFn, ReturnType, Type};

use crate::arguments::Arguments;
use crate::inputs::inputs;

/// Returns the function with its body as the operation of a protected call.
pub(crate) fn expand(arguments: TokenStream, function: TokenStream) -> syn::Result<TokenStream> {
    let Arguments { call, methods, retry } = syn::parse2(arguments)?;
    let mut function: ItemFn = syn::parse2(function)?;
    let returned = returned(&function)?;
    let body = &function.block;
    // Mistakes in types are reported at the attribute, except those of the body.
    let here = Span::call_site();
    let methods = methods.into_iter().map(|(name, value)| quote!(.#name(#value)));
    let operation = quote_spanned!(here=> <#returned as ::seawall::ProtectedOutput>::Operation);
    let is_async = function.sig.asyncness.is_some();
    let run = match (retry, is_async) {
        (None, true) => quote_spanned!(here=> .run(async || -> #operation #body).await),
        (None, false) => quote_spanned!(here=> .run_blocking(|| -> #operation #body)),
        (Some(retry), is_async) => {
            // Each attempt has copies of its own, so that the body may consume them.
            let inputs = inputs(&function.sig, &retry)?;
            let copies = quote_spanned!(here=> #(
                #[allow(unused_variables, reason = "the body may not use it")]
                let #inputs = ::core::clone::Clone::clone(&#inputs);
            )*);
            let attempts = match is_async {
                true => quote_spanned!(here=> .run_attempts(|_| {
                    #copies
                    ::seawall::__operation::<#operation, _>(async move #body)
                }).await),
                false => quote_spanned!(here=> .run_attempts_blocking(|_| -> #operation {
                    #copies
                    #body
                })),
            };
            quote_spanned!(here=> .idempotent() #attempts)
        }
    };
    function.block = syn::parse2(quote!({ #call #(#methods)* #run }))?;
    Ok(function.into_token_stream())
}

/// Returns the type that the function returns.
fn returned(function: &ItemFn) -> syn::Result<&Type> {
    let expected = "a protected function returns `Result<T, seawall::Error<E>>`";
    match &function.sig.output {
        ReturnType::Default => Err(Error::new_spanned(&function.sig.ident, expected)),
        ReturnType::Type(_, returned) if matches!(**returned, Type::ImplTrait(_)) => {
            Err(Error::new_spanned(returned, format!("{expected}, not `impl Trait`")))
        }
        ReturnType::Type(_, returned) => Ok(returned),
    }
}
