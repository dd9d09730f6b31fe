//! jq filters, run by `jaq`: a function from JSON to JSON and nothing else, which comes to an end.

mod dates;
mod meter;
mod natives;
mod prelude;
mod rewrite;

use std::ops::ControlFlow;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::thread;

use jaq_core::load::parse::Def;
use jaq_core::load::{self, Arena, File, Loader};
use jaq_core::{Compiler, Ctx, Vars, compile, unwrap_valr};
use jaq_json::Val;
use jiff::tz::TimeZone;

pub(crate) use dates::day;
use meter::{Exceeded, Meter, Metered, Run, STACK};

/// A compiled filter.
pub(crate) struct Filter(jaq_core::Filter<Metered>);

impl Filter {
    /// Compiles jq.
    pub(crate) fn compile(code: &str) -> Result<Self, String> {
        let arena = Arena::default();
        let prelude =
            || natives::definitions().map(|def| -> Def<&str> { rewrite::definition(def) });
        Loader::new(prelude())
            .load(&arena, File { code, path: () })
            .map_err(|errors| loading(code, &errors))?;
        let whole = load::parse(code, |parser| parser.term());
        let whole = whole.ok_or("a filter imports nothing")?;
        let whole = Def {
            name: WHOLE,
            args: Vec::new(),
            body: rewrite::term(whole),
        };
        let file = File {
            code: WHOLE,
            path: (),
        };
        let modules = Loader::new(prelude().chain([whole]))
            .load(&arena, file)
            .map_err(|errors| loading(code, &errors))?;
        Compiler::default()
            .with_funs(natives::functions())
            .compile(modules)
            .map(Self)
            .map_err(|errors| compiling(code, &errors))
    }

    /// Runs the filter, and hands on each output until `each` says that it wants no more. An error comes
    /// as a text, which may quote all of the input; so does the end of a filter that takes too much.
    /// Only where the stack is large enough: [`apart`].
    pub(crate) fn run(
        &self,
        input: Val,
        zone: &TimeZone,
        mut each: impl FnMut(Result<Val, String>) -> ControlFlow<()>,
    ) {
        let run = AssertUnwindSafe(|| {
            let meter = Meter::new();
            let lut = &self.0.lut;
            let run = Run {
                lut,
                meter: &meter,
                zone,
            };
            let context = Ctx::<Metered>::new(run, Vars::new([]));
            for output in self.0.id.run((context, input)).map(unwrap_valr) {
                if let Ok(output) = &output {
                    meter.weigh(output);
                }
                if each(output.map_err(|error| error.to_string())).is_break() {
                    break;
                }
            }
        });
        if let Err(why) = catch_unwind(run) {
            let exceeded = why.downcast_ref::<Exceeded>().map(Exceeded::to_string);
            let _ = each(Err(
                exceeded.unwrap_or_else(|| "came to a bad end".to_owned())
            ));
        }
    }
}

/// Does what may run filters on a thread of its own: whatever they do, its stack is large enough.
pub(crate) fn apart<T: Send>(work: impl FnOnce() -> T + Send) -> T {
    thread::scope(|scope| {
        let thread = thread::Builder::new().stack_size(STACK);
        let thread = thread.spawn_scoped(scope, work);
        let done = thread.expect("a thread can be started").join();
        done.unwrap_or_else(|why| resume_unwind(why))
    })
}

/// The name of a filter as a definition.
const WHOLE: &str = "the_whole_filter";

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

#[cfg(test)]
mod tests {
    use super::*;

    fn run(code: &str, input: &str) -> Vec<Result<String, String>> {
        let filter = Filter::compile(code).unwrap();
        apart(|| {
            let input = jaq_json::read::parse_single(input.as_bytes()).unwrap();
            let mut outputs = Vec::new();
            filter.run(input, &TimeZone::UTC, |output| {
                outputs.push(output.map(|value| value.to_string()));
                if outputs.len() == 1000 {
                    ControlFlow::Break(())
                } else {
                    ControlFlow::Continue(())
                }
            });
            outputs
        })
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

    /// What the filter says last, which is why it was ended.
    fn end(code: &str) -> String {
        match run(code, "[1, 2]").pop() {
            Some(Err(why)) => why,
            last => panic!("{code} came to {last:?}"),
        }
    }

    fn is_an_end(why: &str) -> bool {
        let ends = [
            "takes more than",
            "makes more than",
            "nests",
            "too deep",
            "too often",
            "too long",
        ];
        ends.iter().any(|end| why.contains(end))
    }

    #[test]
    fn a_filter_that_would_never_end_is_ended() {
        for endless in [
            "def f: f; f",
            "def f: ., f; [f]",
            "[range(1e9)]",
            "[repeat(1)]",
            "last(range(1e12))",
            "last(repeat(.[]))",
            "until(false; .)",
            "first(range(1e12) | select(. < 0))",
            "reduce range(1e12) as $i (0; . + 1)",
            "try def f: f; f catch .",
            "isempty(repeat(empty))",
            "[limit(1e12; repeat(1))]",
            "[range(1e5) as $x | range(1e5)] | length",
            "[range(3000)] as $l | last($l[] as $x | $l[] as $y | $l[])",
            "[range(1e4)] as $l | range(1e6) | $l == 1",
            "def f(g): f(g | .); f(.)",
            "def f(g): def h: f(g); h; f(.)",
            "null | def f: .a | f; path(f)",
            "null | path(last(repeat(.a)))",
            "null | [path(recurse(.[0]))]",
            "def f: .[0:1] | f; path(f)",
        ] {
            let why = end(endless);
            assert!(is_an_end(&why), "{endless}: {why}");
        }
    }

    #[test]
    fn a_filter_that_calls_itself_too_deep_is_ended() {
        for deep in [
            "def f: 1 + f; f",
            "def f: [f]; f",
            "def f: {a: f}; f",
            "def f(x): x | f(x); f(.) | .",
        ] {
            let why = end(deep);
            assert!(is_an_end(&why), "{deep}: {why}");
        }
    }

    #[test]
    fn a_filter_that_makes_too_much_is_ended() {
        for hoarder in [
            r#""x" * 1000000000000"#,
            r#"reduce range(60) as $i ("x"; . + .)"#,
            r#"reduce range(60) as $i ("x"; "\(.)\(.)")"#,
            "reduce range(60) as $i ([1]; . + .)",
            "reduce range(60) as $i ([1]; [., .])",
            "reduce range(60) as $i ([1]; [.[], .[]])",
            "reduce range(60) as $i ({}; {a: ., b: .})",
            "reduce range(60) as $i ([1, 1]; .[] = .)",
            r#"reduce range(60) as $i ("x"; . += .)"#,
            "reduce range(60) as $i (3; . * .)",
            "reduce range(60) as $i ([1]; [.[0:], .[0:]] | flatten)",
            r#"reduce range(60) as $i ("[1]"; tojson)"#,
            "[range(20)] as $l | $l | [combinations(30)]",
            r#"("x" * 1000000) as $x | range(1000) | {a: $x}"#,
        ] {
            let why = end(hoarder);
            assert!(is_an_end(&why), "{hoarder}: {why}");
        }
    }

    #[test]
    fn a_value_is_nested_no_deeper_than_a_body_may_be() {
        let brackets = "[".repeat(100_000);
        for deep in [
            "reduce range(1e5) as $i (null; [.])".to_owned(),
            "reduce range(1e5) as $i (null; {a: .})".to_owned(),
            "reduce range(1e5) as $i ({}; .a = .)".to_owned(),
            "reduce range(1e5) as $i ([]; .[0:0] = [.])".to_owned(),
        ] {
            let why = end(&deep);
            assert!(
                why.contains("deep") || why.contains("makes more than"),
                "{deep}: {why}"
            );
        }
        let why = end(&format!("\"{brackets}\" | fromjson"));
        assert!(why.contains("recursion limit"), "{why}");
    }

    #[test]
    fn what_is_on_the_meter_means_what_it_meant() {
        let same = [
            (
                ".a[].b |= . + 1",
                r#"{"a":[{"b":1},{"b":2}]}"#,
                r#"{"a":[{"b":2},{"b":3}]}"#,
            ),
            (".a += (1, 2)", r#"{"a":1}"#, r#"{"a":2} {"a":3}"#),
            ("[path(..)]", r#"{"a":[1]}"#, r#"[[],["a"],["a",0]]"#),
            ("[paths]", r#"{"a":[1]}"#, r#"[["a"],["a",0]]"#),
            ("del(.[] | select(. > 1))", "[1,2,3]", "[1]"),
            (
                "[.[] as [$a, $b] | {a: $a, b: $b}]",
                "[[1,2]]",
                r#"[{"a":1,"b":2}]"#,
            ),
            (
                "[.[] as {a: $x, (\"b\"): $y} | $x + $y]",
                r#"[{"a":1,"b":2}]"#,
                "[3]",
            ),
            (
                "{a: 1} as $k | {$k, \"x\\(1)\": 2, a}",
                r#"{"a":0}"#,
                r#"{"k":{"a":1},"x1":2,"a":0}"#,
            ),
            ("to_entries | map(.value) | add", r#"{"a":1,"b":2}"#, "3"),
            ("with_entries(.value += 1)", r#"{"a":1}"#, r#"{"a":2}"#),
            ("[.[1:], .[:-1]]", "[1,2,3]", "[[2,3],[1,2]]"),
            (".[1:] = [9]", "[1,2,3]", "[1,9]"),
            (
                "\"ab\" * 2, (\"a,b\" / \",\"), 6 * 7",
                "null",
                r#""abab" ["a","b"] 42"#,
            ),
            ("(1, 2) * (3, 4)", "null", "3 4 6 8"),
            ("contains([1]), indices(2), index(2)", "[1,2]", "true [1] 1"),
            (
                "sort_by(-.), group_by(. > 1), unique, reverse, length",
                "[1,2]",
                "[2,1] [[1],[2]] [1,2] [2,1] 2",
            ),
            (
                "[limit(3; repeat(1))], first(range(9)), [range(0; 5; 2)]",
                "null",
                "[1,1,1] 0 [0,2,4]",
            ),
            ("try error(\"x\") catch .", "null", r#""x""#),
            ("[.[] | tonumber?]", r#"["1","x","2.50"]"#, "[1,2.50]"),
            (
                "join(\"-\"), (map(tostring) | join(\"\"))",
                r#"["a","b"]"#,
                r#""a-b" "ab""#,
            ),
            (
                ". as $x | label $out | foreach .[] as $y (0; . + $y; if . > 2 then ., break $out else . end)",
                "[1,2,3]",
                "1 3",
            ),
            (
                "getpath([\"a\", 0]), (.[\"a\"][0]), .a[0]?",
                r#"{"a":[5]}"#,
                "5 5 5",
            ),
            (
                "map_values(. // 7), any, all, flatten",
                "[null,1]",
                "[7,1] true false [null,1]",
            ),
            (".a //= 3 | .a, .b", "{}", "3 null"),
        ];
        for (code, input, wanted) in same {
            let told: Vec<String> = run(code, input).into_iter().map(Result::unwrap).collect();
            assert_eq!(told.join(" "), wanted, "{code}");
        }
    }
}
