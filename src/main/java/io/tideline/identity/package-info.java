/**
 * Tokens and their keys: a {@link io.tideline.identity.TokenVerifier} turns a compact JWT into an
 * {@link io.tideline.access.Identity} or says why it refuses it, a {@link
 * io.tideline.identity.SigningKey} signs tokens for the command line and the first run, and {@link
 * io.tideline.identity.KeyCheck} looks at the configured key before anything is started.
 *
 * <p>Any thread; verifying may block where keys are fetched. No token and no key is written into a
 * log or an exception's message. Allowed imports: {@code access}, {@code stream}, {@code protocol},
 * {@code transport} (its {@code Authenticator}), {@code limit}, SmallRye JWT, jose4j.
 */
package io.tideline.identity;
