//! Rate limiting for Seawall over the governor library: named rules, structured keys, bounded memory.
