//! What hypervisors have and what their machines use.
