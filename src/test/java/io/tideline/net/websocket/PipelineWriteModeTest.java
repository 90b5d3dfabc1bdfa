package io.tideline.net.websocket;

import io.quarkus.test.common.WithTestResource;
import io.quarkus.test.junit.QuarkusTest;
import io.quarkus.test.junit.TestProfile;
import io.tideline.testing.CommonProfile;
import io.tideline.testing.PostgresResource;

@QuarkusTest
@WithTestResource(PostgresResource.class)
@TestProfile(CommonProfile.class)
class PipelineWriteModeTest extends WriteModeContract {}
