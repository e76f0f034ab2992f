use syn::{Error, FnArg, Ident, Pat, ReceiverKind, Signature, Type};

/// Returns the names of what a function was given, for a body that is run again.
///
/// # Errors
/// If the body could not have it again: `self` by value, and `&mut`.
pub(crate) fn inputs(signature: &Signature, retry: &Ident) -> syn::Result<Vec<Ident>> {
    let mut names = Vec::new();
    for input in &signature.inputs {
        match input {
            FnArg::Receiver(receiver) => {
                let is_shared = matches!(receiver.kind, ReceiverKind::Reference(_, _, None));
                if !is_shared {
                    let found = "a function that is to be repeated borrows `self`: `&self`";
                    return Err(Error::new_spanned(receiver, found));
                }
            }
            FnArg::Typed(typed) => {
                if matches!(&*typed.ty, Type::Reference(of) if of.mutability.is_some()) {
                    let found = "a function that is to be repeated cannot have `&mut` arguments";
                    return Err(Error::new_spanned(&typed.ty, found));
                }
                collect(&typed.pat, retry, &mut names)?;
            }
        }
    }
    Ok(names)
}

fn collect(pattern: &Pat, retry: &Ident, names: &mut Vec<Ident>) -> syn::Result<()> {
    match pattern {
        Pat::Ident(name) if name.subpat.is_none() => names.push(name.ident.clone()),
        Pat::Tuple(tuple) => {
            tuple.elems.iter().try_for_each(|pattern| collect(pattern, retry, names))?;
        }
        Pat::Wild(_) => {}
        other => {
            let found = format!("with `{retry}`, arguments are names or tuples of names");
            return Err(Error::new_spanned(other, found));
        }
    }
    Ok(())
}
