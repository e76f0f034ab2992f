//! Bulkhead for Seawall: so many calls at once, and a fair, bounded queue shared by tasks and threads.
