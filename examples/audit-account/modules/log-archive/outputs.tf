output "bucket_name" {
  # The trail is refused while the bucket has no policy that lets it write.
  value = aws_s3_bucket_policy.logs.bucket
}

output "bucket_arn" {
  value = aws_s3_bucket.logs.arn
}
