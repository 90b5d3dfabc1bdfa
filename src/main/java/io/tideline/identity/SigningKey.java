package io.tideline.identity;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.Key;
import java.security.KeyFactory;
import java.security.PrivateKey;
import java.security.interfaces.ECPrivateKey;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.Base64;
import java.util.List;
import org.jose4j.jws.AlgorithmIdentifiers;
import org.jose4j.jws.JsonWebSignature;
import org.jose4j.jwt.JwtClaims;
import org.jose4j.lang.JoseException;
import org.jspecify.annotations.Nullable;

/**
 * A key that signs tokens, with the algorithm that fits it: RS256 for RSA, ES256, ES384 or ES512
 * for elliptic curves, EdDSA, or HS256 for a shared secret.
 */
public final class SigningKey {
  private static final String BEGIN = "-----BEGIN PRIVATE KEY-----";
  private static final String END = "-----END PRIVATE KEY-----";
  private static final List<String> TYPES = List.of("RSA", "EC", "Ed25519");
  private static final String ADVICE =
      " What to do: give a private key as 'openssl genpkey' writes it (PKCS #8, PEM); others are"
          + " converted by 'openssl pkcs8 -topk8 -nocrypt -in old.pem -out new.pem'.";

  private final Key key;
  private final String algorithm;

  private SigningKey(Key key, String algorithm) {
    this.key = key;
    this.algorithm = algorithm;
  }

  /**
   * The private key in that file.
   *
   * @throws UnusableKeyException if it holds none
   */
  public static SigningKey in(Path file) throws UnusableKeyException {
    String pem;
    try {
      pem = Files.readString(file);
    } catch (IOException unreadable) {
      throw new UnusableKeyException("The key can't be read: " + unreadable + ".", unreadable);
    }
    int begin = pem.indexOf(BEGIN);
    int end = pem.indexOf(END);
    if (begin < 0 || end < begin) {
      throw new UnusableKeyException(file + " holds no private key in PKCS #8." + ADVICE);
    }
    PrivateKey key = parse(pem.substring(begin + BEGIN.length(), end));
    if (key == null) {
      throw new UnusableKeyException(file + " holds no key of RSA, EC or Ed25519." + ADVICE);
    }
    return of(key);
  }

  public static SigningKey of(PrivateKey key) {
    return new SigningKey(key, algorithm(key));
  }

  public static SigningKey of(SharedSecret secret) {
    return new SigningKey(secret.key(), AlgorithmIdentifiers.HMAC_SHA256);
  }

  /** The algorithm's name, as in the header of tokens. */
  public String algorithm() {
    return algorithm;
  }

  /**
   * A token with these claims.
   *
   * @param keyId null for none
   */
  public String sign(JwtClaims claims, @Nullable String keyId) {
    JsonWebSignature signature = new JsonWebSignature();
    signature.setPayload(claims.toJson());
    signature.setKey(key);
    signature.setAlgorithmHeaderValue(algorithm);
    signature.setHeader("typ", "JWT");
    if (keyId != null) {
      signature.setKeyIdHeaderValue(keyId);
    }
    try {
      return signature.getCompactSerialization();
    } catch (JoseException unfit) {
      throw new IllegalArgumentException("the key can't sign: " + unfit.getMessage(), unfit);
    }
  }

  private static @Nullable PrivateKey parse(String base64) {
    byte[] der;
    try {
      der = Base64.getMimeDecoder().decode(base64);
    } catch (IllegalArgumentException noBase64) {
      return null;
    }
    for (String type : TYPES) {
      try {
        return KeyFactory.getInstance(type).generatePrivate(new PKCS8EncodedKeySpec(der));
      } catch (GeneralSecurityException another) {
        // It may be of the next type.
      }
    }
    return null;
  }

  private static String algorithm(PrivateKey key) {
    if (key instanceof ECPrivateKey curve) {
      int bits = curve.getParams().getOrder().bitLength();
      return bits <= 256
          ? AlgorithmIdentifiers.ECDSA_USING_P256_CURVE_AND_SHA256
          : bits <= 384
              ? AlgorithmIdentifiers.ECDSA_USING_P384_CURVE_AND_SHA384
              : AlgorithmIdentifiers.ECDSA_USING_P521_CURVE_AND_SHA512;
    }
    return "RSA".equals(key.getAlgorithm())
        ? AlgorithmIdentifiers.RSA_USING_SHA256
        : AlgorithmIdentifiers.EDDSA;
  }
}
