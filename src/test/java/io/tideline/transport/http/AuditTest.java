package io.tideline.transport.http;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;

class AuditTest {
  @Test
  void noTextLooksLikeAnotherLine() {
    assertEquals(
        "a\\u000d\\u000ab\\u0085c\\u2028d\\u202ee\\u001b[0m",
        RevocationResource.printable("a\r\nb\u0085c\u2028d\u202ee\u001b[0m"));
    assertEquals("a\\u005cu000a", RevocationResource.printable("a\\" + "u000a"));
    assertEquals("Zoë 🌊", RevocationResource.printable("Zoë 🌊"));
  }
}
