package io.tideline.access;

/** What is worth counting about tokens. Any thread; must not block. */
public interface TokenEvents {
  /** Counts nothing. */
  TokenEvents NONE = fault -> {};

  void refused(TokenFault fault);
}
