// Keys that a service gives to who runs in its reach. Without an id: there is none.
#pragma once

#include "core/store/s3/credentials.h"

namespace tideway::store {

// By AWS_WEB_IDENTITY_TOKEN_FILE, AWS_ROLE_ARN and AWS_ROLE_SESSION_NAME, of AWS's STS (or
// AWS_ENDPOINT_URL_STS).
Result<FoundKeys> KeysOfWebIdentity(const Lookup& environment, net::Client& client,
                                    const CancelToken& cancel);
// By AWS_CONTAINER_CREDENTIALS_RELATIVE_URI or AWS_CONTAINER_CREDENTIALS_FULL_URI, the latter only
// on loopback, 169.254.170.23 or by https.
Result<FoundKeys> KeysOfContainer(const Lookup& environment, net::Client& client,
                                  const CancelToken& cancel);
// Of an EC2 machine's role (IMDSv2; AWS_EC2_METADATA_SERVICE_ENDPOINT). One try of a second.
Result<FoundKeys> KeysOfMachine(const Lookup& environment, net::Client& client,
                                const CancelToken& cancel);

}  // namespace tideway::store
