use std::task::Waker;

use super::sealed::Layers;
use crate::{Backend, Call, Entry, Exit, Layer, Refusal, Tick, Token};

macro_rules! tuples {
    ($(($count:literal, $last:tt: $($index:tt $part:ident)*))*) => {$(
        impl<$($part: Backend),*> Layers for ($($part,)*) {
            type Tokens = [Token; $count];

            #[inline(always)]
            fn room(&self) -> Self::Tokens {
                Default::default()
            }

            #[inline]
            fn depth(&self) -> usize {
                $count
            }

            /// Returns the innermost layer.
            #[inline]
            fn label(&self) -> &Layer {
                Backend::layer(&self.$last)
            }

            #[inline]
            fn layer_at(&self, index: usize) -> &Layer {
                match index {
                    $($index => Backend::layer(&self.$index),)*
                    _ => Self::label(self),
                }
            }

            #[inline(always)]
            fn enter_at(&self, index: usize, call: &Call<'_>) -> Entry {
                match index {
                    $($index => Backend::enter(&self.$index, call),)*
                    _ => unreachable!("the driver asks only layers there are"),
                }
            }

            fn poll_start_at(
                &self,
                index: usize,
                token: &mut Token,
                at: Tick,
                now: Tick,
                waker: &Waker,
            ) -> Result<Tick, Refusal> {
                match index {
                    $($index => Backend::poll_start(&self.$index, token, at, now, waker),)*
                    _ => unreachable!("the driver waits only for layers it entered"),
                }
            }

            fn expire_at(&self, index: usize, token: Option<Token>) {
                match index {
                    $($index => Backend::expire(&self.$index, token),)*
                    _ => unreachable!("the driver waits only for layers it asked"),
                }
            }

            #[inline(always)]
            fn exit_at(&self, index: usize, token: Token, exit: &Exit<'_>) {
                match index {
                    $($index => Backend::exit(&self.$index, token, exit),)*
                    _ => unreachable!("the driver leaves only layers it entered"),
                }
            }

            fn accepts_extra_at(&self, index: usize, call: &Call<'_>) -> bool {
                match index {
                    $($index => Backend::accepts_extra(&self.$index, call),)*
                    _ => unreachable!("the driver asks only layers there are"),
                }
            }
        }
    )*};
}

tuples! {
    (1, 0: 0 A)
    (2, 1: 0 A 1 B)
    (3, 2: 0 A 1 B 2 C)
    (4, 3: 0 A 1 B 2 C 3 D)
    (5, 4: 0 A 1 B 2 C 3 D 4 E)
    (6, 5: 0 A 1 B 2 C 3 D 4 E 5 F)
    (7, 6: 0 A 1 B 2 C 3 D 4 E 5 F 6 G)
    (8, 7: 0 A 1 B 2 C 3 D 4 E 5 F 6 G 7 H)
}
