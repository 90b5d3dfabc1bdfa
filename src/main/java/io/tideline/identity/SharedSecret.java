package io.tideline.identity;

import io.smallrye.jwt.algorithm.SignatureAlgorithm;
import io.smallrye.jwt.auth.principal.JWTAuthContextInfo;
import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import javax.crypto.SecretKey;
import javax.crypto.spec.SecretKeySpec;

/**
 * A secret that signs and verifies tokens with HS256: the text of a file, without line ends after
 * it. Everybody who can verify with it can sign, so it is kept apart from all other keys.
 */
public final class SharedSecret {
  /** Where it is configured. */
  public static final String SETTING = "tideline.auth.secret-file";

  /** As many as HS256 makes use of (RFC 7518, 3.2). */
  static final int BYTES_MIN = 32;

  private static final int BYTES_MAX = 1024;
  private static final String ADVICE =
      " What to do: make one by 'openssl rand -base64 48 > secret.txt'.";

  private final byte[] bytes;

  private SharedSecret(byte[] bytes) {
    this.bytes = bytes;
  }

  /**
   * The secret in that file.
   *
   * @throws UnusableKeyException if there is none, or none that is safe
   */
  public static SharedSecret in(Path file) throws UnusableKeyException {
    String text = read(file).stripTrailing();
    int bytes = text.getBytes(StandardCharsets.UTF_8).length;
    if (text.startsWith("-----BEGIN")) {
      throw new UnusableKeyException(
          file
              + " holds a key or certificate, not a shared secret: anybody who knows it, and public keys are"
              + " known, could sign. What to do: name it in mp.jwt.verify.publickey.location.");
    }
    if (text.startsWith("{")) {
      throw new UnusableKeyException(
          file
              + " holds JSON; a shared secret is the bare text that your issuer signs with."
              + ADVICE);
    }
    if (bytes < BYTES_MIN) {
      throw new UnusableKeyException(
          file
              + " holds a secret of "
              + bytes
              + " bytes; it needs at least "
              + BYTES_MIN
              + ", as shorter ones can be guessed."
              + ADVICE);
    }
    return new SharedSecret(text.getBytes(StandardCharsets.UTF_8));
  }

  private static String read(Path file) throws UnusableKeyException {
    try {
      if (Files.size(file) > BYTES_MAX) {
        throw new UnusableKeyException(
            file + " has more than " + BYTES_MAX + " bytes, so it is not a secret." + ADVICE);
      }
      return Files.readString(file);
    } catch (CharacterCodingException noText) {
      throw new UnusableKeyException(file + " is not text in UTF-8." + ADVICE, noText);
    } catch (UnusableKeyException unusable) {
      throw unusable;
    } catch (IOException unreadable) {
      throw new UnusableKeyException(
          "The secret can't be read: "
              + unreadable
              + ". What to do: correct the path, or the file's permissions.",
          unreadable);
    }
  }

  public SecretKey key() {
    return new SecretKeySpec(bytes, "HmacSHA256");
  }

  /** The same rules, where this secret and no other key verifies. */
  public JWTAuthContextInfo rules(JWTAuthContextInfo others) {
    JWTAuthContextInfo rules = new JWTAuthContextInfo(others);
    rules.setPublicVerificationKey(null);
    rules.setPublicKeyContent(null);
    rules.setPublicKeyLocation(null);
    rules.setSecretKeyContent(null);
    rules.setSecretVerificationKey(key());
    rules.setSignatureAlgorithm(Set.of(SignatureAlgorithm.HS256));
    return rules;
  }

  /** Without the secret, which would end in logs. */
  @Override
  public String toString() {
    return "SharedSecret[…]";
  }
}
