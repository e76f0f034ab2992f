use proc_macro2::{Span, TokenStream};
use quote::{ToTokens, quote, quote_spanned};
use syn::{Error, ItemFn, ReturnType, Type};

use crate::arguments::Arguments;

/// Returns the function with its body as the operation of a protected call.
pub(crate) fn expand(arguments: TokenStream, function: TokenStream) -> syn::Result<TokenStream> {
    let Arguments { call, methods } = syn::parse2(arguments)?;
    let mut function: ItemFn = syn::parse2(function)?;
    let returned = returned(&function)?;
    let body = &function.block;
    // Mistakes in types are reported at the attribute, except those of the body.
    let here = Span::call_site();
    let methods = methods.into_iter().map(|(name, value)| quote!(.#name(#value)));
    let operation = quote_spanned!(here=> <#returned as ::seawall::ProtectedOutput>::Operation);
    let run = match function.sig.asyncness.is_some() {
        true => quote_spanned!(here=> .run(async || -> #operation #body).await),
        false => quote_spanned!(here=> .run_blocking(|| -> #operation #body)),
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
