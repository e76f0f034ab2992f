use super::content::{Data, Gathered};
use super::key_path::KeyPath;
use super::names::is_name;
use super::nearest::nearest;
use super::place::Origin;
use super::{Diagnostic, Place, Problem};

/// The variable that chooses a profile.
const VARIABLE: &str = "SEAWALL_PROFILE";

/// The profile that was chosen, and by what.
#[derive(Debug)]
pub(super) struct Chosen {
    pub(super) name: String,
    origin: Origin,
}

/// Returns the last choice among `parts`; `None` if that is no profile.
pub(super) fn chosen(parts: &[Gathered], problems: &mut Vec<Problem>) -> Option<Chosen> {
    let mut choices = parts.iter().rev().filter_map(|part| match &part.data {
        Data::Profile(name) => Some((Origin::Code, Some(name.clone()))),
        Data::Variables(variables) => {
            let (name, value) = variables.iter().find(|(name, _)| name == VARIABLE)?;
            let variable = name.to_string_lossy().into_owned();
            let value = value.clone().into_string().ok();
            // An empty variable is as good as none: a shell cannot unset one for a command.
            (value.as_deref() != Some("")).then_some((Origin::Environment { variable }, value))
        }
        _ => None,
    });
    let (origin, name) = choices.next()?;
    let Some(name) = name else {
        let wrong = Diagnostic::new("the value is not UTF-8").expected("the name of a profile");
        problems.push(Problem::new(Place::new(origin, &KeyPath::default()), wrong, ""));
        return None;
    };
    (!name.eq_ignore_ascii_case("default")).then_some(Chosen { name, origin })
}

impl Chosen {
    /// Returns what is wrong if the profile is not one of those that are `known`.
    pub(super) fn check(&self, known: &[String]) -> Option<Problem> {
        if known.iter().any(|known| known.eq_ignore_ascii_case(&self.name)) {
            return None;
        }
        let mut names: Vec<_> = known.iter().map(String::as_str).collect();
        names.sort_unstable();
        names.dedup();
        let expected = match &*names {
            [] => "a source with tables `[profile.NAME.…]`".to_owned(),
            [one] => (*one).to_owned(),
            several => format!("one of {}", several.join(", ")),
        };
        let shown =
            if is_name(&self.name) { self.name.clone() } else { format!("{:?}", self.name) };
        let found = format!("no source has the profile `{shown}`");
        let wrong = Diagnostic::new(found).expected(expected);
        let wrong = wrong.suggest(nearest(&self.name, names));
        Some(Problem::new(Place::new(self.origin.clone(), &KeyPath::default()), wrong, ""))
    }
}
