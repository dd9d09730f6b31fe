//! jq filters, run by `jaq`: a function from JSON to JSON and nothing else.

use jaq_core::data::JustLut;
use jaq_core::load::parse::Def;
use jaq_core::load::{self, Arena, File, Loader};
use jaq_core::native::Fun;
use jaq_core::{Compiler, Ctx, Vars, compile, unwrap_valr};
use jaq_json::Val;

/// The data that runs through a filter.
type Data = JustLut<Val>;

/// A compiled filter.
pub(crate) struct Filter(jaq_core::Filter<Data>);

impl Filter {
    /// Compiles jq.
    pub(crate) fn compile(code: &str) -> Result<Self, String> {
        let arena = Arena::default();
        let modules = Loader::new(definitions())
            .load(&arena, File { code, path: () })
            .map_err(|errors| loading(code, &errors))?;
        Compiler::default()
            .with_funs(functions())
            .compile(modules)
            .map(Self)
            .map_err(|errors| compiling(code, &errors))
    }

    /// Runs the filter. Errors come as texts, which may quote all of the input.
    pub(crate) fn run(&self, input: Val) -> impl Iterator<Item = Result<Val, String>> {
        let context = Ctx::<Data>::new(&self.0.lut, Vars::new([]));
        self.0
            .id
            .run((context, input))
            .map(unwrap_valr)
            .map(|output| output.map_err(|error| error.to_string()))
    }
}

/// What is wrong in the text of a filter, each with its line.
fn loading(code: &str, errors: &load::Errors<&str, ()>) -> String {
    let expected = |what: &str, at: &str| format!("line {}: expected {what}", line(code, at));
    let texts = errors.iter().flat_map(|(_, error)| match error {
        load::Error::Io(errors) => errors
            .iter()
            .map(|(_, why)| format!("a filter imports nothing: {why}"))
            .collect::<Vec<_>>(),
        load::Error::Lex(errors) => errors
            .iter()
            .map(|(what, at)| expected(what.as_str(), at))
            .collect(),
        load::Error::Parse(errors) => errors
            .iter()
            .map(|(what, at)| expected(what.as_str(), at))
            .collect(),
    });
    texts.collect::<Vec<_>>().join("; ")
}

/// What a filter names and nobody has defined, each with its line.
fn compiling(code: &str, errors: &compile::Errors<&str, ()>) -> String {
    let errors = errors.iter().flat_map(|(_, errors)| errors);
    let texts = errors.map(|(name, what)| {
        format!(
            "line {}: there is no {} `{name}`",
            line(code, name),
            what.as_str()
        )
    });
    texts.collect::<Vec<_>>().join("; ")
}

/// The line of `code` in which a piece of it stands; the last one for what is not in it: its end.
fn line(code: &str, piece: &str) -> usize {
    let before = (piece.as_ptr() as usize)
        .checked_sub(code.as_ptr() as usize)
        .and_then(|place| code.get(..place))
        .unwrap_or(code);
    before.matches('\n').count() + 1
}

/// jq's library as far as it is pure and needs no regular expressions, floats or formats.
fn definitions() -> impl Iterator<Item = Def<&'static str>> {
    const STANDARD: &str = "null isboolean isnumber isstring isarray isobject type values nulls booleans \
        numbers strings arrays objects iterables scalars add min_by max_by min max unique_by unique \
        pick keys flatten";
    let pure = |def: &Def<&str>| STANDARD.split_whitespace().any(|name| name == def.name);
    jaq_core::defs()
        .chain(jaq_std::defs().filter(pure))
        .chain(jaq_json::defs())
}

/// All but `halt`, which would end the process.
fn functions() -> impl Iterator<Item = Fun<Data>> {
    jaq_core::funs()
        .chain(jaq_std::base_funs().filter(|(name, ..)| *name != "halt"))
        .chain(jaq_json::funs())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(code: &str, input: &str) -> Vec<Result<String, String>> {
        let input = jaq_json::read::parse_single(input.as_bytes()).unwrap();
        let filter = Filter::compile(code).unwrap();
        filter
            .run(input)
            .map(|output| output.map(|value| value.to_string()))
            .collect()
    }

    #[test]
    fn a_number_keeps_the_text_it_came_in() {
        let amounts = r"[100, 1.10, 120000.100, 12345678901234567890123, 1e3]";
        let kept = run("map(tostring)", amounts);
        let wanted = r#"["100","1.10","120000.100","12345678901234567890123","1e3"]"#;
        assert_eq!(kept, [Ok(wanted.to_owned())]);
    }

    #[test]
    fn what_is_wrong_in_a_filter_is_named_with_its_line() {
        let why = |code: &str| Filter::compile(code).err().unwrap();
        assert_eq!(
            why("{\n  a: .b,\n  c: nope(1)\n}"),
            "line 3: there is no filter `nope`"
        );
        assert_eq!(why(".a |\n$x"), "line 2: there is no variable `$x`");
        assert!(
            why(".a\n| {b:").starts_with("line 2: expected"),
            "{}",
            why(".a\n| {b:")
        );
        assert!(
            why(".a\n| \"x").starts_with("line 2: expected"),
            "{}",
            why(".a\n| \"x")
        );
    }

    #[test]
    fn a_filter_cannot_end_the_process_or_read_its_environment() {
        for code in ["halt(0)", "env", "now", "input", "$ENV"] {
            assert!(Filter::compile(code).is_err(), "{code} compiled");
        }
    }
}
