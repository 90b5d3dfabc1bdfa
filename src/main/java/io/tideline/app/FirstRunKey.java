package io.tideline.app;

import io.tideline.config.StartRefusedException;
import io.tideline.embedded.PrivateFile;
import java.io.IOException;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.interfaces.RSAPrivateCrtKey;
import java.security.spec.PKCS8EncodedKeySpec;
import java.security.spec.RSAPublicKeySpec;
import java.util.Base64;
import java.util.Optional;

/** The RSA key pair that Tideline makes for itself, once, if nobody configured a key. */
record FirstRunKey(KeyPair pair) {
  static final String FILE = "first-run-key.pem";

  private static final int BITS = 2048;
  private static final String BEGIN = "-----BEGIN PRIVATE KEY-----";
  private static final String END = "-----END PRIVATE KEY-----";

  /** The key in that file; it is made if there is none. */
  static FirstRunKey in(Path path) throws IOException {
    PrivateFile file = new PrivateFile(path);
    Optional<String> stored = file.read();
    try {
      if (stored.isPresent()) {
        return new FirstRunKey(parse(stored.get()));
      }
      KeyPair made = make();
      file.write(format(made));
      return new FirstRunKey(made);
    } catch (GeneralSecurityException | IllegalArgumentException unreadable) {
      throw new StartRefusedException(
          path
              + " holds no RSA private key (PKCS #8, PEM). What to do: delete it, and a new key and admin token are made.",
          unreadable);
    }
  }

  /** As {@code mp.jwt.verify.publickey} takes it. */
  String publicKey() {
    return Base64.getEncoder().encodeToString(pair.getPublic().getEncoded());
  }

  private static KeyPair make() throws GeneralSecurityException {
    KeyPairGenerator generator = KeyPairGenerator.getInstance("RSA");
    generator.initialize(BITS);
    return generator.generateKeyPair();
  }

  private static String format(KeyPair pair) {
    return BEGIN
        + "\n"
        + Base64.getMimeEncoder(64, new byte[] {'\n'})
            .encodeToString(pair.getPrivate().getEncoded())
        + "\n"
        + END;
  }

  private static KeyPair parse(String pem) throws GeneralSecurityException {
    String body = pem.replace(BEGIN, "").replace(END, "");
    KeyFactory factory = KeyFactory.getInstance("RSA");
    var privateKey =
        (RSAPrivateCrtKey)
            factory.generatePrivate(new PKCS8EncodedKeySpec(Base64.getMimeDecoder().decode(body)));
    var publicKey =
        factory.generatePublic(
            new RSAPublicKeySpec(privateKey.getModulus(), privateKey.getPublicExponent()));
    return new KeyPair(publicKey, privateKey);
  }
}
