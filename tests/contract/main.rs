//! The contract: every promise once, held in every home that a plugin can have.
//!
//! A promise is a function of a [`Home`](homes::Home) in one of the files beside this one. The list below mounts all of
//! them on all homes, as tests named `home::file::promise`; what a home can not do stands in [`homes::CAN_NOT`], and is
//! printed as skipped. What needs two homes at once has tests of its own: `mixed`, `twins`, `images`.
#![forbid(unsafe_code)]

use homes::Home;

mod executors;
mod futures;
mod growing;
mod health;
mod homes;
mod library;
mod life;
mod listener;
mod mixed;
mod objects;
mod offers;
mod panics;
mod relay;
mod resources;
mod router;
mod said;
mod tasks;
mod threads;
mod topics;
mod traces;
mod twins;
mod values;
mod weak;
mod witness;

keyway::link_plugins!(contract_plugin);

macro_rules! mount {
    ($($list:tt)*) => {
        mod built_in { const HOME: super::Home = super::Home::Static; each! { $($list)* } }
        mod through_a_table { const HOME: super::Home = super::Home::Table; each! { $($list)* } }
        mod through_messages { const HOME: super::Home = super::Home::Message; each! { $($list)* } }
        mod from_a_library { const HOME: super::Home = super::Home::Dylib; each! { $($list)* } }
        names! { $($list)* }
    };
}

macro_rules! each {
    ($($file:ident { $($promise:ident)+ })+) => {
        $(mod $file {
            $(#[test]
            fn $promise() {
                let name = concat!(stringify!($file), "::", stringify!($promise));
                super::super::homes::hold(super::HOME, name, super::super::$file::$promise);
            })+
        })+
    };
}

macro_rules! names {
    ($($file:ident { $($promise:ident)+ })+) => {
        /// Every promise by name.
        const PROMISES: &[&str] = &[$($(concat!(stringify!($file), "::", stringify!($promise))),+),+];
    };
}

mount! {
    values {
        every_scalar_comes_back_changed_as_asked
        more_arguments_than_registers_arrive_in_order
        edges_of_every_scalar_survive
        plain_structs_cross_by_value_by_reference_and_in_lists
        texts_and_blocks_of_every_size_cross
        a_record_with_everything_in_it_crosses_both_ways
        every_variant_crosses_and_may_contain_itself
        options_tuples_maps_and_lists_nest
        an_error_of_the_plugins_own_comes_back_as_it_was_made
        a_method_with_a_body_runs_in_the_plugin
        a_block_comes_back_without_having_been_read
        what_was_returned_outlives_the_plugin
    }
    objects {
        a_lent_object_is_called_during_the_call_and_not_kept
        an_object_that_is_kept_is_dropped_once_when_the_plugin_lets_go
        a_box_is_moved_and_dropped_once
        an_object_that_comes_back_reaches_the_one_that_was_given
        an_object_of_the_plugins_lives_until_the_host_drops_it
        objects_inside_values_are_counted_like_others
        kept_objects_are_called_from_the_plugins_own_threads
        an_object_may_be_dropped_on_another_thread
        a_plugin_is_itself_an_object_of_each_of_its_interfaces
        what_the_plugin_keeps_goes_with_the_plugin
        an_object_that_goes_around_many_times_leaves_nothing_behind
    }
    panics {
        a_panic_in_a_method_of_every_form_is_a_fault_with_its_message
        a_payload_that_is_no_text_or_panics_itself_is_a_fault_too
        an_error_type_receives_the_fault_with_the_plugins_name
        after_a_panic_the_plugin_answers_and_its_faults_are_counted
        what_a_panicking_call_was_given_is_dropped_once
        a_panic_of_the_hosts_object_passes_through_the_plugin_as_a_fault
        a_plugin_can_catch_the_panic_of_the_hosts_object_and_read_it
        an_object_of_the_plugins_that_panics_while_it_is_dropped_ends_there
        an_object_of_the_hosts_that_panics_while_it_is_dropped_ends_there
        a_start_that_panics_is_a_refusal_with_the_message
        a_stop_that_panics_stops_nobody_elses_stop
        an_instance_that_panics_while_it_is_dropped_stops_nobody
        an_instance_that_panics_while_it_is_dropped_is_reported
    }
    life {
        settings_reach_the_plugin_and_defaults_fill_the_rest
        settings_of_the_wrong_type_are_a_refusal_that_names_them
        lines_of_the_log_reach_the_hosts_subscriber_with_the_plugins_id
        providers_come_by_rank_and_then_by_id
        plugins_start_after_what_they_need_and_stop_before_it
        a_failed_start_takes_down_exactly_those_that_need_it
        a_lazy_plugin_starts_when_it_is_asked_for_and_only_once
        two_hosts_in_one_process_do_not_see_each_other
        a_handle_that_is_kept_answers_after_the_host_has_stopped
        the_list_says_what_the_attribute_and_cargo_say
        what_is_not_there_is_refused_by_name
    }
    relay {
        a_plugin_calls_the_one_that_it_requires
        a_plugin_gets_nothing_that_it_does_not_require
        a_plugin_sees_all_providers_of_an_interface_that_it_requires
        a_panic_in_the_required_plugin_names_that_plugin
        a_context_that_is_kept_says_that_the_host_has_stopped
    }
    growing {
        an_older_plugin_answers_a_newer_host_and_bodies_fill_the_rest
        an_interface_that_does_not_fit_is_refused_with_both_signatures
    }
    futures {
        what_is_ready_at_once_is_polled_once_and_clones_no_waker
        every_wake_leads_to_one_more_poll
        a_future_is_woken_from_a_thread_of_the_plugins
        an_error_of_the_plugins_own_comes_back_later
        arguments_are_lent_until_the_call_has_ended
        objects_come_in_and_go_out_later
        a_method_with_a_body_runs_in_the_plugin
        an_older_plugin_answers_later_and_bodies_fill_the_rest
        a_method_that_answers_at_once_is_another
        what_is_dropped_unpolled_has_never_begun
        what_is_dropped_half_way_releases_what_it_held
        a_thousand_calls_are_answered_in_another_order
        a_panic_in_a_poll_is_a_fault_and_ends_the_call
        a_panic_while_a_future_is_dropped_ends_there
        a_panic_at_the_end_of_a_call_is_a_fault
        a_waker_outlives_its_future
        a_waker_outlives_the_executor
        a_waker_that_panics_harms_nobody
        a_call_on_its_way_outlives_the_host
        a_plugin_awaits_the_plugin_that_it_requires
        a_future_that_is_leaked_harms_nobody
        one_plugin_runs_under_every_executor
        a_call_is_counted_from_its_first_poll_to_its_answer
    }
    health {
        a_plugin_that_never_says_how_it_is_is_good
        what_a_plugin_says_of_its_health_is_what_the_host_hears
        a_panic_in_health_is_failing_with_its_message_and_a_fault
        a_plugin_that_does_not_run_says_nothing
        calls_are_counted_by_method_with_their_errors_and_faults
        a_panic_without_an_error_to_carry_it_is_counted_and_goes_on
        the_time_in_calls_is_counted
        nothing_is_counted_where_the_host_did_not_ask_for_it
        a_counted_handle_is_otherwise_as_it_was
        what_a_counted_method_returns_is_not_counted
        a_linked_in_plugins_calls_to_another_are_counted
        no_call_of_sixteen_threads_is_lost
    }
    offers {
        a_plugin_calls_what_the_host_offers
        what_is_offered_is_listed_among_the_plugins
        a_plugin_that_requires_another_version_is_refused_with_both
        a_panic_of_what_is_offered_is_a_fault_of_that_call
        a_plugin_sees_who_provides_what_in_which_version
        what_is_offered_stays_until_the_host_ends_and_is_dropped_once
    }
    weak {
        a_weak_handle_gives_handles_while_its_plugin_runs
        a_weak_handle_keeps_no_plugin
        it_says_why_its_plugin_has_gone
        what_is_held_goes_on_answering_when_the_weak_handle_says_gone
        those_that_go_with_another_say_so
        a_quarantine_is_a_reason
        what_the_host_offers_goes_with_the_host
        whoever_waits_is_told_when_a_plugin_goes_and_why
        a_wait_that_is_dropped_keeps_nothing
        a_wait_goes_on_when_the_plugin_that_waits_has_stopped
        a_waker_may_ask_the_host
        a_waker_that_does_not_return_keeps_nobody_else_waiting
    }
    resources {
        what_a_plugin_shares_is_had_by_those_that_require_it_and_by_the_host
        the_host_lists_who_shares_what_and_who_holds_it
        what_can_not_be_had_says_why
        a_name_is_shared_once
        what_its_owner_closes_is_gone_at_once
        when_the_owner_stops_those_who_hold_it_hear_why
        a_call_under_way_ends_as_it_does_and_then_the_resource_ends
        sixteen_threads_call_while_it_is_closed_and_shared_anew
        a_drop_that_panics_ends_there
        a_panic_of_a_resource_is_a_fault_of_its_owners
        who_holds_it_outlives_the_host
        resources_that_hold_each_other_keep_nobody
        what_is_handed_on_has_one_more_holder
        whoever_waits_for_its_end_is_told
        a_waker_that_does_not_return_keeps_nobody_else_from_being_told
        an_object_of_any_interface_goes_there_and_back
    }
    tasks {
        a_task_gives_its_value
        a_sleep_takes_its_time_and_no_executor_has_a_timer
        ticks_are_whole_periods_apart_and_missed_ones_are_left_out
        what_takes_too_long_is_dropped
        a_task_that_is_cancelled_drops_what_it_holds_once
        a_task_that_is_tied_ends_with_what_holds_it
        tasks_are_cancelled_and_awaited_when_the_plugin_stops
        what_is_left_behind_is_named
        a_panic_in_a_task_is_told_and_counted
        blocking_work_is_waited_for_at_the_stop
        a_context_that_is_kept_refuses_tasks
        a_failed_start_cancels_what_it_spawned
        what_a_start_began_ends_when_its_time_is_up
        a_start_that_ends_with_its_time_has_its_tasks_or_does_not_run
        what_a_start_that_is_late_has_spawned_ends_with_its_time
        tasks_of_a_plugin_whose_stop_hangs_are_cancelled
        a_sleep_ends_with_the_host
        tasks_run_under_every_executor
        an_executor_that_runs_nothing_holds_up_no_stop
        a_task_may_stop_its_plugin_and_drop_the_host
        two_stops_at_once_one_of_them_in_a_task_end
        a_stop_waits_for_the_one_that_a_task_has_begun
        a_stop_may_have_no_deadline
        two_changes_at_once_one_of_them_in_a_task_end
        what_a_task_held_may_change_the_host_while_it_is_dropped
        no_task_and_no_context_holds_the_host
        what_sixteen_threads_spawn_during_a_stop_is_taken_and_dropped_or_refused
    }
    router {
        the_host_asks_a_plugin
        a_plugin_asks_the_host
        a_plugin_asks_a_plugin
        fields_with_a_default_may_come_later_in_question_and_answer
        what_does_not_fit_is_refused_with_the_paths_and_not_asked
        who_is_not_there_is_told_from_who_does_not_answer
        when_the_time_is_over_the_question_is_given_up_on_both_sides
        a_question_that_is_dropped_is_given_up_at_the_answerer
        an_answer_that_panics_is_a_fault_of_the_answerer
        a_question_ends_when_the_answerer_is_stopped
        a_question_ends_when_the_asker_or_the_host_is_stopped
        a_name_is_answered_to_once_and_may_be_given_up
        eight_threads_ask_at_once
    }
    topics {
        events_go_from_the_host_to_a_plugin
        events_go_from_a_plugin_to_the_host
        events_go_from_plugin_to_plugin
        a_task_waits_for_the_next_event
        what_is_dropped_before_it_is_done_loses_no_event
        a_wait_that_ends_with_its_time_loses_no_event
        each_publishers_order_is_kept_under_eight_threads
        the_counts_of_each_policy_are_exact
        a_publisher_waits_for_room_and_nothing_is_lost
        a_task_that_publishes_waits_without_a_thread
        a_publisher_that_waits_goes_on_when_its_subscriber_goes
        a_publisher_that_waits_goes_on_when_its_plugin_is_stopped
        a_publisher_that_waits_goes_on_when_the_host_stops
        a_namespace_is_subscribed_to_as_a_whole
        a_field_with_a_default_may_come_later_on_either_side
        who_comes_later_and_does_not_fit_is_refused_with_the_path
        a_form_that_is_wanted_later_comes_without_a_loss
        slow_panicking_and_vanished_subscribers_harm_nobody
        a_stop_ends_what_the_plugin_publishes_and_reads
        a_stop_of_the_host_ends_the_hosts_own
        changes_of_plugins_are_events
        nobody_publishes_for_the_host_or_makes_it_wait
        an_object_is_no_event
    }
    traces {
        an_event_keeps_its_values_of_every_kind
        targets_names_and_levels_are_the_plugins_own
        records_of_log_are_events
        spans_nest_below_the_hosts_and_take_values_later
        parents_that_are_named_are_kept
        the_current_span_can_be_carried_to_another_thread
        what_a_host_does_for_a_plugin_nests_below_the_plugins_span
        what_a_filter_disables_is_not_even_evaluated
        a_change_of_the_filter_reaches_the_plugin
        a_plugin_is_told_by_the_module_that_speaks
        what_comes_from_the_plugins_own_threads_arrives
        a_thread_may_end_inside_of_spans
        a_thread_may_speak_while_it_ends
        a_subscriber_that_panics_harms_no_plugin
        a_subscriber_may_call_a_plugin_that_speaks
        what_is_urgent_stands_in_the_plugins_log
        any_number_of_targets_is_heard
        two_hosts_hear_one_plugin
        what_is_said_after_the_host_has_gone_harms_nobody
    }
    threads {
        sixteen_threads_call_while_others_take_and_drop_handles
    }
}

#[test]
fn what_is_skipped_is_a_promise_and_says_why() {
    for (home, promise, why) in homes::CAN_NOT {
        assert!(PROMISES.contains(promise), "`{promise}` of {home:?} is no promise");
        assert!(!why.is_empty(), "`{promise}` of {home:?} has no reason");
    }
    let skipped = homes::CAN_NOT.len();
    println!("{} promises on {} homes, {skipped} skipped", PROMISES.len(), Home::ALL.len());
}
