package io.tideline.cli;

import java.util.Objects;
import java.util.concurrent.Callable;
import org.jose4j.jws.JsonWebSignature;
import org.jose4j.jwx.JsonWebStructure;
import org.jose4j.lang.JoseException;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** The reader of tokens: prints what stands in one, without judging it. */
@Command(
    name = "decode",
    description =
        "Prints the header and the claims of a token, each in a line; nothing is verified.",
    mixinStandardHelpOptions = true)
final class TokenDecodeCommand implements Callable<Integer> {
  @Spec private @Nullable CommandSpec spec;

  @Mixin private final GivenToken token = new GivenToken();

  TokenDecodeCommand() {}

  @Override
  public Integer call() {
    JsonWebSignature parts = parts(token.read());
    var out = Objects.requireNonNull(spec).commandLine().getOut();
    out.println(parts.getHeaders().getFullHeaderAsJsonString());
    out.println(parts.getUnverifiedPayload());
    return 0;
  }

  private static JsonWebSignature parts(String token) {
    try {
      if (JsonWebStructure.fromCompactSerialization(token) instanceof JsonWebSignature signed) {
        return signed;
      }
    } catch (JoseException | ClassCastException malformed) {
      // The answer is the same.
    }
    throw new CommandFailedException(
        "That is not a signed JWT: three parts in base64url with dots between them.");
  }
}
