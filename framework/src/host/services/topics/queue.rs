//! One subscriber's queue: bounded, with the policy that the subscriber chose.
//!
//! The lock is held while an event is put in or taken out, and while nothing else happens: an event that is dropped, and
//! a waker that is cloned, woken or dropped, are somebody else's code.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};

use super::super::wakers::{Wakers, let_go, wake};
use crate::abi::guard::contained;
use crate::context::topics::{Form, Forms, Queue as Settings, QueueCounts, WhenFull};

/// What waits: an event, which its subscribers share, and which of its forms this one takes.
pub(super) type Item = (Arc<Forms>, Form);

pub(super) struct Queue<E = Item> {
    settings: Settings,
    state: Mutex<State<E>>,
    /// Publishers that wait for room.
    pub(super) writers: Wakers,
}

struct State<E> {
    events: VecDeque<E>,
    reader: Option<Waker>,
    /// No more are taken in.
    closed: bool,
    delivered: u64,
    dropped: u64,
}

/// What became of an event.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Pushed<E> {
    /// It waits to be read.
    Taken,
    /// It does, in the place of another.
    Instead,
    /// There was no room.
    Dropped,
    /// There is no room, and its publisher is to wait.
    Full(E),
    /// Nobody reads any more.
    Closed,
}

impl<E> Queue<E> {
    pub(super) fn new(settings: Settings) -> Self {
        let state = State { events: VecDeque::new(), reader: None, closed: false, delivered: 0, dropped: 0 };
        Self { settings, state: Mutex::new(state), writers: Wakers::default() }
    }

    fn lock(&self) -> MutexGuard<'_, State<E>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn settings(&self) -> Settings {
        self.settings
    }

    pub(super) fn push(&self, event: E) -> Pushed<E> {
        let mut state = self.lock();
        if state.closed {
            drop(state);
            contained(|| drop(event));
            return Pushed::Closed;
        }
        let full = state.events.len() >= self.settings.capacity() as usize;
        let (evicted, pushed) = match self.settings.when_full() {
            _ if !full => (None, Pushed::Taken),
            WhenFull::Block => return Pushed::Full(event),
            WhenFull::DropOldest => {
                state.dropped += 1;
                (state.events.pop_front(), Pushed::Instead)
            }
            WhenFull::DropNewest => {
                state.dropped += 1;
                drop(state);
                contained(|| drop(event));
                return Pushed::Dropped;
            }
        };
        state.events.push_back(event);
        let reader = state.reader.take();
        drop(state);
        if let Some(reader) = reader {
            wake(reader);
        }
        if evicted.is_some() {
            contained(|| drop(evicted));
        }
        pushed
    }

    /// An event that was to wait for room is given up.
    pub(super) fn give_up(&self, event: E) {
        let mut state = self.lock();
        if !state.closed {
            state.dropped += 1;
        }
        drop(state);
        contained(|| drop(event));
    }

    /// The next event, where there is one.
    pub(super) fn pop(&self) -> Option<E> {
        let mut state = self.lock();
        let event = state.events.pop_front()?;
        state.delivered += 1;
        drop(state);
        self.made_room();
        Some(event)
    }

    /// So many events at most.
    pub(super) fn pop_many(&self, most: usize) -> (Vec<E>, bool) {
        let mut state = self.lock();
        let count = most.min(state.events.len());
        let events: Vec<E> = state.events.drain(..count).collect();
        state.delivered += count as u64;
        let over = state.closed && state.events.is_empty();
        drop(state);
        if count > 0 {
            self.made_room();
        }
        (events, over)
    }

    fn made_room(&self) {
        if self.settings.when_full() == WhenFull::Block {
            self.writers.wake();
        }
    }

    /// As [`pop`](Self::pop), once there is one; `None` when it is closed and read.
    pub(super) fn poll_pop(&self, context: &mut Context<'_>) -> Poll<Option<E>> {
        loop {
            if self.poll_ready(context).is_pending() {
                return Poll::Pending;
            }
            let event = self.pop();
            if event.is_some() || self.is_over() {
                return Poll::Ready(event);
            }
        }
    }

    /// Whether there is an event, or it is closed. One reader at a time is woken.
    pub(super) fn poll_ready(&self, context: &mut Context<'_>) -> Poll<()> {
        let mut own: Option<Waker> = None;
        loop {
            let mut state = self.lock();
            let polled =
                if state.closed || !state.events.is_empty() { Poll::Ready(()) } else { Poll::Pending };
            let known = || state.reader.as_ref().is_some_and(|reader| reader.will_wake(context.waker()));
            if polled.is_ready() || known() {
                drop(state);
                let_go(own);
                return polled;
            }
            if let Some(own) = own.take() {
                let before = state.reader.replace(own);
                drop(state);
                let_go(before);
                return Poll::Pending;
            }
            drop(state);
            own = Some(context.waker().clone());
        }
    }

    /// Takes no more in. What waits can still be read, unless it is to be forgotten.
    pub(super) fn close(&self, forget: bool) {
        let mut state = self.lock();
        state.closed = true;
        let reader = state.reader.take();
        let events = if forget { std::mem::take(&mut state.events) } else { VecDeque::new() };
        drop(state);
        self.writers.wake();
        if let Some(reader) = reader {
            wake(reader);
        }
        for event in events {
            contained(|| drop(event));
        }
    }

    /// Whether it is closed and read.
    pub(super) fn is_over(&self) -> bool {
        let state = self.lock();
        state.closed && state.events.is_empty()
    }

    pub(super) fn counts(&self) -> QueueCounts {
        let state = self.lock();
        QueueCounts::new(state.events.len() as u64, state.delivered, state.dropped)
    }
}

#[cfg(test)]
mod tests;
