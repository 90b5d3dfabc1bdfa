package io.tideline.cli;

import io.tideline.access.Identity;
import io.tideline.identity.TokenRefusedException;
import io.tideline.identity.TokenVerifier;
import io.tideline.identity.UnusableKeyException;
import java.io.PrintWriter;
import java.time.Clock;
import java.time.Instant;
import java.util.Objects;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParentCommand;
import picocli.CommandLine.Spec;

/** The judge of tokens: says what one may do, or why the server refuses it. */
@Command(
    name = "check",
    description = {
      "Says what a token may do, or why the server would refuse it (then the exit code is 1).",
      "Revocations aren't looked at."
    },
    mixinStandardHelpOptions = true)
final class TokenCheckCommand implements Callable<Integer> {
  @ParentCommand private @Nullable TokenCommand parent;

  @Spec private @Nullable CommandSpec spec;

  @Mixin private final GivenToken token = new GivenToken();

  TokenCheckCommand() {}

  @Override
  public Integer call() {
    Surroundings here = Objects.requireNonNull(parent).surroundings();
    Clock clock = Clock.systemUTC();
    try {
      Identity identity =
          new TokenVerifier(here.rules(), here.tokenAge(), clock).verify(token.read());
      if (identity.isExpired(clock.instant())) {
        throw new CommandFailedException(
            "Refused: it was issued longer ago than tideline.auth.token-age allows. (expired)");
      }
      print(identity, Objects.requireNonNull(spec).commandLine().getOut());
      return 0;
    } catch (TokenRefusedException refused) {
      throw new CommandFailedException(
          "Refused: " + refused.refusal().text() + ". (" + refused.refusal().fault().code() + ")",
          refused);
    } catch (UnusableKeyException unusable) {
      throw new CommandFailedException(unusable.getMessage(), unusable);
    }
  }

  private static void print(Identity identity, PrintWriter out) {
    out.println("A token of '" + identity.subject() + "', good until " + end(identity) + ".");
    out.println("id: " + identity.tokenId());
    identity.rights().lines().forEach(out::println);
  }

  private static String end(Identity identity) {
    return identity.expiresAt().equals(Instant.MAX) ? "revoked" : identity.expiresAt().toString();
  }
}
