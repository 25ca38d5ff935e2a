//! Objects, in both directions.

use std::sync::Arc;
use std::thread;

use contract_plugin::objects::{Objects, Team, Visitor};

use super::homes::{Home, everything};
use super::witness::{Seen, Witness};

pub(crate) fn a_lent_object_is_called_during_the_call_and_not_kept(home: Home) {
    let host = home.host();
    let objects = everything::<dyn Objects>(&host);
    let seen = Arc::<Seen>::default();
    let witness = Witness::new(&seen);
    let names = ["a", "b", "c", "d"].map(str::to_owned).to_vec();
    assert_eq!(objects.walk(&witness, names), [true, true, false, false]);
    assert_eq!((seen.visits(), seen.drops()), (4, 0));
    drop(witness);
    assert_eq!(seen.drops(), 1);
}

pub(crate) fn an_object_that_is_kept_is_dropped_once_when_the_plugin_lets_go(home: Home) {
    let host = home.host();
    let objects = everything::<dyn Objects>(&host);
    let seen = Arc::<Seen>::default();
    objects.keep(Witness::shared(&seen));
    assert_eq!((objects.kept(), seen.drops()), (1, 0));
    assert_eq!(objects.ask_kept("a", 1, 3), 3);
    assert_eq!(objects.ask_kept("z", 1, 3), 0);
    assert_eq!(seen.visits(), 6);
    objects.let_go();
    assert_eq!((objects.kept(), seen.drops()), (0, 1));

    let mine = Witness::shared(&seen);
    objects.keep(Arc::clone(&mine));
    objects.let_go();
    assert_eq!(seen.drops(), 1, "the host holds it still");
    assert!(mine.visit("a"));
    drop(mine);
    assert_eq!(seen.drops(), 2);
}

pub(crate) fn a_box_is_moved_and_dropped_once(home: Home) {
    let host = home.host();
    let objects = everything::<dyn Objects>(&host);
    let seen = Arc::<Seen>::default();
    objects.keep_boxed(Witness::boxed(&seen));
    assert_eq!((objects.ask_kept("b", 1, 1), seen.drops()), (1, 0));
    objects.let_go();
    assert_eq!(seen.drops(), 1);

    let around = objects.around_boxed(Witness::boxed(&seen)).expect("it gives one back");
    assert!(!around.visit("a") && around.visit("x"));
    assert_eq!(seen.drops(), 1);
    drop(around);
    assert_eq!(seen.drops(), 2);
}

pub(crate) fn an_object_that_comes_back_reaches_the_one_that_was_given(home: Home) {
    let host = home.host();
    let objects = everything::<dyn Objects>(&host);
    let seen = Arc::<Seen>::default();
    objects.keep(Witness::shared(&seen));
    objects.keep(Witness::shared(&seen));
    let back = objects.give_back();
    assert_eq!(back.len(), 2);
    assert!(back.iter().all(|visitor| visitor.visit("a") && !visitor.visit("z")));
    assert_eq!(seen.visits(), 4);
    objects.let_go();
    assert_eq!(seen.drops(), 0, "what came back holds them");
    drop(back);
    assert_eq!(seen.drops(), 2);
}

pub(crate) fn an_object_of_the_plugins_lives_until_the_host_drops_it(home: Home) {
    let host = home.host();
    let objects = everything::<dyn Objects>(&host);
    let (shared, boxed) = (objects.make("one"), objects.make_boxed("two"));
    let perhaps = objects.make_or_not("three").expect("it has something to say yes to");
    assert_eq!(objects.made(), 3);
    assert!(shared.visit("one") && boxed.visit("two") && perhaps.visit("three"));
    assert!(!shared.visit("two"));
    let error = objects.make_or_not("").err().expect("there is nothing to say yes to");
    assert_eq!((error.why.as_str(), objects.made()), ("it says yes to nothing", 3));
    let second = Arc::clone(&shared);
    drop(shared);
    assert_eq!(objects.made(), 3);
    assert!(second.visit("one"));
    drop((second, boxed));
    assert_eq!(objects.made(), 1);
    drop(perhaps);
    assert_eq!(objects.made(), 0);
}

pub(crate) fn objects_inside_values_are_counted_like_others(home: Home) {
    let host = home.host();
    let objects = everything::<dyn Objects>(&host);
    let seen = Arc::<Seen>::default();
    let team = Team {
        name: "us".into(),
        lead: Some(Witness::shared(&seen)),
        others: vec![Witness::shared(&seen), Witness::shared(&seen)],
    };
    assert_eq!(objects.keep_team(team), 3);
    assert_eq!((objects.ask_kept("a", 1, 1), seen.drops()), (3, 0));
    objects.let_go();
    assert_eq!(seen.drops(), 3);
    assert_eq!(objects.keep_team(Team { name: String::new(), lead: None, others: vec![] }), 0);

    let team = objects.make_team(["x", "y", "z"].map(str::to_owned).to_vec());
    assert_eq!((team.name.as_str(), objects.made()), ("x+y+z", 3));
    let lead = team.lead.as_ref().expect("the first leads");
    assert!(lead.visit("x") && team.others[0].visit("y") && team.others[1].visit("z"));
    drop(team);
    assert_eq!(objects.made(), 0);
}

pub(crate) fn kept_objects_are_called_from_the_plugins_own_threads(home: Home) {
    let host = home.host();
    let objects = everything::<dyn Objects>(&host);
    let seen = Arc::<Seen>::default();
    objects.keep(Witness::shared(&seen));
    objects.keep_boxed(Witness::boxed(&seen));
    assert_eq!(objects.ask_kept("a", 4, 50), 400);
    assert_eq!((seen.visits(), seen.drops()), (400, 0));
    objects.let_go();
    assert_eq!(seen.drops(), 2);
}

pub(crate) fn an_object_may_be_dropped_on_another_thread(home: Home) {
    let host = home.host();
    let objects = everything::<dyn Objects>(&host);
    let made: Vec<Arc<dyn Visitor>> = (0..8).map(|n| objects.make(&n.to_string())).collect();
    assert_eq!(objects.made(), 8);
    thread::scope(|scope| {
        for (n, object) in made.into_iter().enumerate() {
            scope.spawn(move || assert!(object.visit(&n.to_string())));
        }
    });
    assert_eq!(objects.made(), 0);
}

pub(crate) fn a_plugin_is_itself_an_object_of_each_of_its_interfaces(home: Home) {
    let host = home.host();
    let visitor = everything::<dyn Visitor>(&host);
    assert_eq!(visitor.is_direct(), home == Home::Static);
    assert!(visitor.visit("everything") && !visitor.visit("nothing"));
    // Given to a plugin that is the same one: through the edge and back.
    let objects = everything::<dyn Objects>(&host);
    let around = objects.around(visitor.to_arc());
    assert!(!around.visit("everything") && around.visit("nothing"));
}

pub(crate) fn what_the_plugin_keeps_goes_with_the_plugin(home: Home) {
    let seen = Arc::<Seen>::default();
    let host = home.host();
    let objects = everything::<dyn Objects>(&host);
    objects.keep(Witness::shared(&seen));
    host.stop();
    assert_eq!(seen.drops(), 0, "a handle holds the plugin");
    assert_eq!(objects.ask_kept("a", 1, 1), 1);
    drop(objects);
    assert_eq!(seen.drops(), 1);
}

pub(crate) fn an_object_that_goes_around_many_times_leaves_nothing_behind(home: Home) {
    let host = home.host();
    let objects = everything::<dyn Objects>(&host);
    let seen = Arc::<Seen>::default();
    let mut object = Witness::shared(&seen);
    for _ in 0..20 {
        object = objects.around(object);
    }
    assert!(object.visit("a") && !object.visit("z"));
    assert_eq!(seen.drops(), 0);
    drop(object);
    assert_eq!(seen.drops(), 1);
}
