package io.tideline.identity;

import io.smallrye.mutiny.Uni;
import io.tideline.access.TokenEvents;
import io.tideline.access.TokenFault;
import io.tideline.access.TokenRefusal;
import io.tideline.limit.OnceInAWhile;
import io.tideline.session.Authentication;
import io.tideline.session.Authenticator;
import io.tideline.session.Credentials;
import java.time.Duration;
import java.util.function.LongSupplier;
import org.jboss.logging.Logger;

/**
 * An authenticator that tells why another one refuses: the log, once a minute per reason; whoever
 * counts; and the client, where that is wished.
 */
public final class RefusalReport implements Authenticator {
  static final Duration PAUSE = Duration.ofMinutes(1);

  private static final Logger LOG = Logger.getLogger(RefusalReport.class);

  private final Authenticator judge;
  private final boolean tellsClients;
  private final TokenEvents events;
  private final OnceInAWhile<TokenFault> lines;

  public RefusalReport(
      Authenticator judge, boolean tellsClients, TokenEvents events, LongSupplier nanoTime) {
    this.judge = judge;
    this.tellsClients = tellsClients;
    this.events = events;
    this.lines = new OnceInAWhile<>(PAUSE, TokenFault.values().length, nanoTime);
  }

  @Override
  public Uni<Authentication> authenticate(Credentials credentials) {
    return judge.authenticate(credentials).map(this::report);
  }

  private Authentication report(Authentication answer) {
    if (answer instanceof Authentication.Refused refused && refused.refusal() != null) {
      report(refused.refusal());
      return tellsClients ? refused.explained() : refused;
    }
    return answer;
  }

  private void report(TokenRefusal refusal) {
    events.refused(refusal.fault());
    if (lines.isDue(refusal.fault())) {
      LOG.infof(
          "A token was refused: %s. (%s; told once a minute for each reason, see docs/tokens.md)",
          refusal.text(), refusal.fault().code());
    }
  }
}
