//! What X-Ray calls the services: these names have icons on the service map.

use std::borrow::Cow;

/// Services whose id without blanks is not, or not always, how X-Ray's map knows them; by the id in
/// small letters without blanks, as it stands in the user agent.
const NAMES: &[(&str, &str)] = &[
    ("apigateway", "APIGateway"),
    ("apigatewaymanagementapi", "ApiGatewayManagementApi"),
    ("appconfigdata", "AppConfigData"),
    ("bedrockagentruntime", "BedrockAgentRuntime"),
    ("bedrockruntime", "BedrockRuntime"),
    ("cloudformation", "CloudFormation"),
    ("cloudfront", "CloudFront"),
    ("cloudwatch", "CloudWatch"),
    ("cloudwatchlogs", "CloudWatchLogs"),
    ("codecommit", "CodeCommit"),
    ("cognitoidentity", "CognitoIdentity"),
    ("cognitoidentityprovider", "CognitoIdentityProvider"),
    ("dynamodb", "DynamoDB"),
    ("dynamodbstreams", "DynamoDBStreams"),
    ("elasticache", "ElastiCache"),
    ("elasticloadbalancingv2", "ElasticLoadBalancingv2"),
    ("eventbridge", "EventBridge"),
    ("iotdataplane", "IoTDataPlane"),
    ("lambda", "Lambda"),
    ("mediaconvert", "MediaConvert"),
    ("opensearch", "OpenSearch"),
    ("rdsdata", "RDSData"),
    ("redshiftdata", "RedshiftData"),
    ("route53", "Route53"),
    ("sagemaker", "SageMaker"),
    ("sagemakerruntime", "SageMakerRuntime"),
    ("secretsmanager", "SecretsManager"),
    ("servicediscovery", "ServiceDiscovery"),
    ("sesv2", "SESv2"),
    ("ssooidc", "SSOOIDC"),
    ("xray", "XRay"),
];

/// The name of a service by its id (`Secrets Manager`).
pub(crate) fn canonical(id: &str) -> Cow<'_, str> {
    let known = NAMES.iter().find(|(key, _)| same(key, id));
    match known {
        Some((_, name)) => Cow::Borrowed(*name),
        None if id.contains(' ') => Cow::Owned(id.replace(' ', "")),
        None => Cow::Borrowed(id),
    }
}

/// The name of a service of which only the id in small letters is known. Ids of up to three letters
/// are abbreviations.
pub(crate) fn of_small_letters(id: &str) -> Cow<'_, str> {
    if let Some((_, name)) = NAMES.iter().find(|(key, _)| same(key, id)) {
        return Cow::Borrowed(*name);
    }
    let mut name = id.replace(['_', '-'], "");
    let capitals = if name.len() <= 3 { name.len() } else { 1 };
    if let Some(head) = name.get_mut(..capitals) {
        head.make_ascii_uppercase();
    }
    Cow::Owned(name)
}

fn same(key: &str, id: &str) -> bool {
    let letters = id.bytes().filter(|c| !matches!(c, b' ' | b'_' | b'-'));
    letters.map(|c| c.to_ascii_lowercase()).eq(key.bytes())
}

/// X-Ray's own calls that every traced program makes: tracing them would never end.
pub(crate) fn is_own(service: &str, operation: &str) -> bool {
    service == "XRay"
        && matches!(
            operation,
            "GetSamplingRules" | "GetSamplingTargets" | "PutTraceSegments" | "PutTelemetryRecords"
        )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_ways_lead_to_one_name() {
        for (id, small, name) in [
            ("DynamoDB", "dynamodb", "DynamoDB"),
            ("SQS", "sqs", "SQS"),
            ("S3", "s3", "S3"),
            ("SNS", "sns", "SNS"),
            ("Lambda", "lambda", "Lambda"),
            ("Secrets Manager", "secretsmanager", "SecretsManager"),
            ("SageMaker Runtime", "sagemakerruntime", "SageMakerRuntime"),
            ("CloudWatch Logs", "cloudwatchlogs", "CloudWatchLogs"),
            ("XRay", "xray", "XRay"),
            ("Kinesis", "kinesis", "Kinesis"),
            ("Route 53", "route53", "Route53"),
        ] {
            assert_eq!(canonical(id), name);
            assert_eq!(of_small_letters(small), name);
            assert_eq!(canonical(name), name, "a name stays what it is");
        }
        assert_eq!(canonical("Brand New Service"), "BrandNewService");
        assert_eq!(of_small_letters("é"), "é");
        assert_eq!(of_small_letters(""), "");
    }
}
