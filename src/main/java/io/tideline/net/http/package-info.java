/**
 * HTTP requests up to the point where a door takes over: routes, credentials, origins, bodies, and
 * the answer that is a problem.
 */
package io.tideline.net.http;
