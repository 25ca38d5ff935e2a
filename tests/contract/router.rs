//! Questions and answers by id and name.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use contract_plugin::router::{Answer, NoAnswer, Oracle, Pilgrim, Question, ages};
use keyway::context::router::AskError;
use keyway::host::Host;
use keyway::{FaultKind, Handle, Wire};

use super::executors::{self, Bell, Task, block_on};
use super::homes::{Home, handle};

const ORACLE: &str = "contract/oracle";
const LONG: Duration = Duration::from_secs(60);
/// The same for a plugin.
const MINUTE: u64 = 60_000;

fn oracle(host: &Host) -> Handle<dyn Oracle> {
    handle(host, ORACLE)
}

fn pilgrim(host: &Host) -> Handle<dyn Pilgrim> {
    handle(host, "contract/pilgrim")
}

fn question(times: u32) -> Question {
    Question { text: "ab".into(), times }
}

fn asked(host: &Host, name: &str, times: u32) -> Result<String, AskError> {
    host.ask_and_wait::<_, Answer>(ORACLE, name, &question(times), LONG).map(|answer| answer.text)
}

pub(crate) fn the_host_asks_a_plugin(home: Home) {
    let host = home.host();
    assert_eq!(asked(&host, "repeat", 3), Ok("ababab".into()));
    let later = block_on(host.ask::<_, Answer>(ORACLE, "repeat", &question(2), LONG));
    assert_eq!(later, Ok(Answer { text: "abab".into() }));
    assert_eq!(oracle(&host).begun_and_over(), (2, 2));
}

pub(crate) fn a_plugin_asks_the_host(home: Home) {
    let host = home.host();
    let count = Arc::new(AtomicU64::new(0));
    let counted = Arc::clone(&count);
    let answering = host
        .answer("greet", move |question: Question| {
            let number = counted.fetch_add(1, Ordering::SeqCst);
            async move { Answer { text: format!("{} {} {number}", question.text, question.times) } }
        })
        .expect("nobody else answers");
    assert_eq!(answering.name(), "greet");
    let pilgrim = pilgrim(&host);
    assert_eq!(block_on(pilgrim.ask("keyway/host", "greet", "", 3, MINUTE)), Ok("ab 3 0".into()));
    assert_eq!(pilgrim.ask_and_wait("keyway/host", "greet", 4, MINUTE), Ok("ab 4 1".into()));
    drop(answering);
    let refused = pilgrim.ask_and_wait("keyway/host", "greet", 4, MINUTE).expect_err("nobody answers");
    assert_eq!(refused.why, "plugin `keyway/host` does not answer to `greet`, and is active");
}

pub(crate) fn a_plugin_asks_a_plugin(home: Home) {
    let host = home.host();
    let pilgrim = pilgrim(&host);
    assert_eq!(block_on(pilgrim.ask(ORACLE, "repeat", "", 2, MINUTE)), Ok("abab".into()));
    assert_eq!(pilgrim.ask_and_wait(ORACLE, "repeat", 1, MINUTE), Ok("ab".into()));
    // And that one asks on.
    let _relayed =
        host.answer("relayed", |question: Question| async move {
            Answer { text: format!("{} again", question.text) }
        })
        .expect("nobody else answers");
    assert_eq!(block_on(pilgrim.ask(ORACLE, "relay", "", 2, MINUTE)), Ok("ab again".into()));
}

pub(crate) fn fields_with_a_default_may_come_later_in_question_and_answer(home: Home) {
    let host = home.host();
    let pilgrim = pilgrim(&host);
    // A newer asker, an older answer; and the other way round.
    for _ in 0..2 {
        assert_eq!(block_on(pilgrim.ask(ORACLE, "repeat", "newer", 2, MINUTE)), Ok("abab 0".into()));
    }
    let _newer = host
        .answer("newer", |question: ages::newer::Question| async move {
            let text = format!("{} {}", question.text, question.loud);
            ages::newer::Answer { length: text.len() as u64, text }
        })
        .expect("nobody else answers");
    assert_eq!(block_on(pilgrim.ask("keyway/host", "newer", "", 2, MINUTE)), Ok("ab false".into()));
    assert_eq!(block_on(pilgrim.ask("keyway/host", "newer", "newer", 2, MINUTE)), Ok("ab true 7".into()));
}

pub(crate) fn what_does_not_fit_is_refused_with_the_paths_and_not_asked(home: Home) {
    let host = home.host();
    let why = "what is asked and what `repeat` of plugin `contract/oracle` answers do not fit: at `question.times`: the \
               asker has String and the answerer has u32; at `answer.text`: the asker has Vec<String> and the answerer \
               has String";
    let refused =
        block_on(pilgrim(&host).ask(ORACLE, "repeat", "other", 2, MINUTE)).expect_err("it is another");
    assert_eq!(refused, NoAnswer { code: "answer-mismatch".into(), why: why.into() });
    let asked = host.ask_and_wait::<_, ages::other::Answer>(ORACLE, "repeat", &question(1), LONG);
    let Err(AskError::Mismatch { differences, .. }) = asked else { panic!("{asked:?}") };
    assert_eq!(differences.iter().map(|it| it.path.as_str()).collect::<Vec<_>>(), ["answer.text"]);
    assert_eq!(oracle(&host).begun_and_over(), (0, 0));
}

pub(crate) fn who_is_not_there_is_told_from_who_does_not_answer(home: Home) {
    let host = home.host();
    let pilgrim = pilgrim(&host);
    let refused = |plugin, name| {
        let theirs = pilgrim.ask_and_wait(plugin, name, 1, MINUTE).expect_err("nobody answers");
        let own =
            host.ask_and_wait::<_, Answer>(plugin, name, &question(1), LONG).expect_err("nobody answers");
        assert_eq!((theirs.code.as_str(), theirs.why), (own.code(), own.to_string()));
        (own.code(), own.to_string())
    };
    let absent = "there is no plugin `contract/absent`";
    assert_eq!(refused("contract/absent", "repeat"), ("no-plugin", absent.into()));
    let silent = "plugin `contract/oracle` does not answer to `sing`, and is active";
    assert_eq!(refused(ORACLE, "sing"), ("no-answer", silent.into()));
    host.unload(ORACLE, false).expect("nobody needs it");
    let (code, why) = refused(ORACLE, "repeat");
    assert_eq!(code, "no-answer");
    assert!(why.starts_with("plugin `contract/oracle` does not answer to `repeat`, and is "), "{why}");
    host.load(ORACLE).expect("it can be started again");
    assert_eq!(asked(&host, "repeat", 1), Ok("ab".into()));
}

pub(crate) fn when_the_time_is_over_the_question_is_given_up_on_both_sides(home: Home) {
    let host = home.host();
    let begun = Instant::now();
    let refused = pilgrim(&host).ask_and_wait(ORACLE, "never", 1, 30).expect_err("it never answers");
    assert!(begun.elapsed() >= Duration::from_millis(30));
    assert_eq!(refused.code, "deadline");
    assert_eq!(refused.why, "`never` of plugin `contract/oracle` has not answered within 30ms");
    assert_eq!(oracle(&host).begun_and_over(), (1, 1));
    let short = Duration::from_millis(1);
    let refused = host.ask_and_wait::<_, Answer>(ORACLE, "never", &question(1), short);
    assert_eq!(refused.map_err(|error| error.code()), Err("deadline"));
    assert_eq!(oracle(&host).begun_and_over(), (2, 2));
    // Many at once, each to its own time; and under every executor.
    for (executor, run) in executors::ALL {
        let tasks = (0..8_u64).map(|number| -> Task {
            let pilgrim = pilgrim(&host);
            Box::pin(async move {
                let refused = pilgrim.ask(ORACLE, "never", "", 1, 1 + number % 4).await;
                assert_eq!(refused.map_err(|it| it.code), Err("deadline".into()), "{executor}");
            })
        });
        run(tasks.collect());
    }
    assert_eq!(oracle(&host).begun_and_over(), (34, 34));
}

pub(crate) fn a_question_that_is_dropped_is_given_up_at_the_answerer(home: Home) {
    let host = home.host();
    let (oracle, pilgrim, bell) = (oracle(&host), pilgrim(&host), Bell::new());
    let mut never = pilgrim.ask(ORACLE, "never", "", 1, MINUTE);
    assert_eq!(oracle.begun_and_over(), (0, 0), "a question begins when it is awaited");
    assert!(bell.poll(&mut never).is_pending());
    assert_eq!(oracle.begun_and_over(), (1, 0));
    drop(never);
    assert_eq!(oracle.begun_and_over(), (1, 1));
    let asked = question(1);
    let mut never = Box::pin(host.ask::<_, Answer>(ORACLE, "never", &asked, LONG));
    assert!(bell.poll(&mut never).is_pending());
    drop(never);
    assert_eq!(oracle.begun_and_over(), (2, 2));
}

pub(crate) fn an_answer_that_panics_is_a_fault_of_the_answerer(home: Home) {
    let host = home.host();
    let refused = pilgrim(&host).ask_and_wait(ORACLE, "panic", 0, MINUTE).expect_err("it panics");
    let why = "plugin `contract/oracle` panicked while it answered `panic`: an answer that panics: ab";
    assert_eq!(refused, NoAnswer { code: "panicked".into(), why: why.into() });
    let refused = asked(&host, "panic", 0).expect_err("it panics");
    assert_eq!(refused.to_string(), why);
    let fault = refused.fault().expect("it is one");
    assert_eq!((fault.kind(), fault.plugin()), (FaultKind::Panic, Some(ORACLE)));
    assert_eq!(fault.message(), "an answer that panics: ab");
    assert_eq!(asked(&host, "panic", 1), Ok("ab".into()));
    assert_eq!(host.plugin(ORACLE).map(|info| info.faults), Some(2));
    // And of the host's own.
    let _own = host
        .answer("panic", |_: Question| async move {
            std::future::ready(()).await;
            if true {
                panic!("an answer of the host's that panics")
            }
            Answer { text: String::new() }
        })
        .expect("nobody else answers");
    let refused = pilgrim(&host).ask_and_wait("keyway/host", "panic", 0, MINUTE).expect_err("it panics");
    let why = "plugin `keyway/host` panicked while it answered `panic`: an answer of the host's that panics";
    assert_eq!(refused.why, why);
}

pub(crate) fn a_question_ends_when_the_answerer_is_stopped(home: Home) {
    let host = home.host();
    let oracle = oracle(&host);
    let (pilgrim, bell) = (pilgrim(&host), Bell::new());
    let mut theirs = pilgrim.ask(ORACLE, "never", "", 1, MINUTE);
    let asked = question(1);
    let mut own = Box::pin(host.ask::<_, Answer>(ORACLE, "never", &asked, LONG));
    assert!(bell.poll(&mut theirs).is_pending());
    assert!(bell.poll(&mut own).is_pending());
    let before = bell.rung();
    host.unload(ORACLE, false).expect("nobody needs it");
    assert_eq!(bell.rung(), before + 2);
    let why = "plugin `contract/oracle` was stopped, or answers no more, before it had answered `never`";
    assert_eq!(block_on(theirs), Err(NoAnswer { code: "stopped".into(), why: why.into() }));
    let stopped = block_on(own).expect_err("it was stopped");
    assert_eq!(stopped.to_string(), why);
    assert_eq!(stopped.fault().map(|fault| fault.kind()), Some(FaultKind::Gone));
    assert_eq!(oracle.begun_and_over(), (2, 2));
}

pub(crate) fn a_question_ends_when_the_asker_or_the_host_is_stopped(home: Home) {
    let host = home.host();
    let oracle = oracle(&host);
    let (pilgrim, bell) = (pilgrim(&host), Bell::new());
    let mut theirs = pilgrim.ask(ORACLE, "never", "", 1, MINUTE);
    assert!(bell.poll(&mut theirs).is_pending());
    host.unload("contract/pilgrim", false).expect("nobody needs it");
    assert_eq!(block_on(theirs).map_err(|it| it.code), Err("closed".into()));
    let refused = pilgrim.ask_and_wait(ORACLE, "repeat", 1, MINUTE).expect_err("it was stopped");
    assert_eq!(refused.code, "unavailable");
    let question = question(1);
    let mut own = Box::pin(host.ask::<_, Answer>(ORACLE, "never", &question, LONG));
    assert!(bell.poll(&mut own).is_pending());
    host.stop();
    assert!(block_on(own).is_err());
    assert_eq!(asked(&host, "repeat", 1), Err(AskError::Closed));
    assert_eq!(host.answer("late", |_: u64| async {}).map(drop), Err(AskError::Closed));
    assert_eq!(oracle.begun_and_over(), (2, 2));
}

pub(crate) fn a_name_is_answered_to_once_and_may_be_given_up(home: Home) {
    let host = home.host();
    let oracle = oracle(&host);
    let ask = |name| host.ask_and_wait::<_, String>(ORACLE, name, &7_u64, LONG);
    oracle.answer_to("sing").expect("nobody does");
    assert_eq!(ask("sing"), Ok("sing 7".into()));
    let refused = oracle.answer_to("sing").expect_err("it does already");
    assert_eq!(refused.why, "this plugin answers to `sing` already");
    assert_eq!(oracle.answer_to("repeat").map_err(|it| it.code), Err("taken".into()));
    for name in ["", "Sing", "a/b", "a b", "1st"] {
        assert_eq!(oracle.answer_to(name).map_err(|it| it.code), Err("invalid-name".into()), "{name}");
    }
    oracle.fall_silent();
    assert_eq!(ask("sing").map_err(|error| error.code()), Err("no-answer"));
    oracle.answer_to("sing").expect("nobody does any more");
    assert_eq!(ask("sing"), Ok("sing 7".into()));
    // An object is no answer.
    #[derive(Wire)]
    struct Holds {
        oracle: Arc<dyn Oracle>,
    }
    let refused = host.answer("hold", |_: Holds| async {}).map(drop).expect_err("it is no data");
    assert_eq!(refused.code(), "unsendable");
}

pub(crate) fn eight_threads_ask_at_once(home: Home) {
    let host = home.host();
    let pilgrim = pilgrim(&host);
    thread::scope(|scope| {
        for times in 0..8 {
            let (host, pilgrim) = (&host, &pilgrim);
            scope.spawn(move || {
                for _ in 0..50 {
                    let right = "ab".repeat(times as usize);
                    assert_eq!(asked(host, "repeat", times), Ok(right.clone()));
                    assert_eq!(pilgrim.ask_and_wait(ORACLE, "repeat", times, MINUTE), Ok(right));
                }
            });
        }
    });
    assert_eq!(oracle(&host).begun_and_over(), (800, 800));
}
