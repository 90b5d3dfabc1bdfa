/**
 * What operators count. Implements the events of the hub and of the transports with Micrometer, and
 * keeps the framework's own meters bounded; nothing here decides anything.
 */
package io.tideline.telemetry;
