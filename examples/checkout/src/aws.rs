//! The clients, all of them traced, and what has to be there before the first request.

use crate::Error;
use crate::settings::settings;
use aws_config::SdkConfig;
use aws_sdk_dynamodb::types::{
    AttributeDefinition, BillingMode, KeySchemaElement, KeyType, ScalarAttributeType,
};
use aws_sdk_s3::types::{BucketLocationConstraint, CreateBucketConfiguration};
use xray::aws_sdk::SubsegmentInterceptor;

#[derive(Clone, Debug)]
pub(crate) struct Aws {
    pub(crate) dynamodb: aws_sdk_dynamodb::Client,
    pub(crate) s3: aws_sdk_s3::Client,
    pub(crate) sqs: aws_sdk_sqs::Client,
    pub(crate) queue_url: String,
}

/// From the standard variables and files.
pub(crate) async fn config() -> SdkConfig {
    let http = aws_smithy_http_client::Builder::new();
    #[cfg(feature = "https")]
    let http = {
        use aws_smithy_http_client::tls::{Provider, rustls_provider::CryptoMode};
        http.tls_provider(Provider::Rustls(CryptoMode::Ring))
            .build_https()
    };
    #[cfg(not(feature = "https"))]
    let http = http.build_http();
    aws_config::from_env().http_client(http).load().await
}

impl Aws {
    /// One line for each client: everything it does from now on is recorded.
    pub(crate) async fn connect(config: &SdkConfig) -> Result<Self, Error> {
        let dynamodb = aws_sdk_dynamodb::config::Builder::from(config)
            .interceptor(SubsegmentInterceptor::new());
        let sqs =
            aws_sdk_sqs::config::Builder::from(config).interceptor(SubsegmentInterceptor::new());
        let s3 = aws_sdk_s3::config::Builder::from(config)
            .interceptor(SubsegmentInterceptor::new())
            // What answers at an endpoint of one's own has no host name for each bucket.
            .force_path_style(config.endpoint_url().is_some());
        let mut aws = Self {
            dynamodb: aws_sdk_dynamodb::Client::from_conf(dynamodb.build()),
            s3: aws_sdk_s3::Client::from_conf(s3.build()),
            sqs: aws_sdk_sqs::Client::from_conf(sqs.build()),
            queue_url: String::new(),
        };
        if let Some(url) = settings()?.queue_url.clone() {
            // Somebody has made all three, and gives this service no right to.
            aws.queue_url = url;
            return Ok(aws);
        }
        aws.create_table().await?;
        aws.create_bucket(config).await?;
        // Gives the queue that is there, if it has the same attributes.
        let queue = aws.sqs.create_queue().queue_name(&settings()?.queue);
        aws.queue_url = queue.send().await?.queue_url.unwrap_or_default();
        Ok(aws)
    }

    async fn create_table(&self) -> Result<(), Error> {
        let key = KeySchemaElement::builder().attribute_name("cart");
        let attribute = AttributeDefinition::builder().attribute_name("cart");
        let table = self
            .dynamodb
            .create_table()
            .table_name(&settings()?.table)
            .key_schema(key.key_type(KeyType::Hash).build()?)
            .attribute_definitions(attribute.attribute_type(ScalarAttributeType::S).build()?)
            .billing_mode(BillingMode::PayPerRequest);
        match table
            .send()
            .await
            .map_err(|error| error.into_service_error())
        {
            Err(error) if !error.is_resource_in_use_exception() => Err(error.into()),
            _ => Ok(()),
        }
    }

    async fn create_bucket(&self, config: &SdkConfig) -> Result<(), Error> {
        let region = config.region().map(AsRef::as_ref);
        // S3's oldest region is the only one that must not be named.
        let location = region
            .filter(|region| *region != "us-east-1")
            .map(|region| {
                CreateBucketConfiguration::builder()
                    .location_constraint(BucketLocationConstraint::from(region))
                    .build()
            });
        let bucket = self
            .s3
            .create_bucket()
            .bucket(&settings()?.bucket)
            .set_create_bucket_configuration(location);
        match bucket
            .send()
            .await
            .map_err(|error| error.into_service_error())
        {
            Err(error) if !error.is_bucket_already_owned_by_you() => Err(error.into()),
            _ => Ok(()),
        }
    }
}
