/**
 * A certificate for `localhost` that signed itself, and its key: for tests on loopback, good for a hundred years, worth
 * nothing anywhere else. Made by `openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -subj /CN=localhost
 * -addext subjectAltName=DNS:localhost`.
 */
export const LOCALHOST = {
  cert: `-----BEGIN CERTIFICATE-----
MIIBljCCATugAwIBAgIUGzMh3S/0RyurOA92Hs0sniaQOdMwCgYIKoZIzj0EAwIw
FDESMBAGA1UEAwwJbG9jYWxob3N0MCAXDTI2MTEyMDA5MTY1NFoYDzIxMjYxMDI3
MDkxNjU0WjAUMRIwEAYDVQQDDAlsb2NhbGhvc3QwWTATBgcqhkjOPQIBBggqhkjO
PQMBBwNCAAQj+6w5eVCxbDUE29VrJHqh0xBH8ZmZMOuxj+uAFUWXbCpKE9KyqN7g
kFSF9WopKxBDK2TbIovsYdQluqix9SYeo2kwZzAdBgNVHQ4EFgQUEJ2VeY+Ds8NA
cxLu8SoZan+jl04wHwYDVR0jBBgwFoAUEJ2VeY+Ds8NAcxLu8SoZan+jl04wDwYD
VR0TAQH/BAUwAwEB/zAUBgNVHREEDTALgglsb2NhbGhvc3QwCgYIKoZIzj0EAwID
SQAwRgIhAKicnEwbN5FpjIb7UgygD0slM1zBKnH5ksegbg3s4KpJAiEA6+1n88/j
fTUhruiSB6bu9IxrXJnFcov2EvpGrY3PySM=
-----END CERTIFICATE-----`,
  key: `-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgoeMYtcAOXYyp/tin
cPRWvNZ6ral6KJbnU7cyT/gyioGhRANCAAQj+6w5eVCxbDUE29VrJHqh0xBH8ZmZ
MOuxj+uAFUWXbCpKE9KyqN7gkFSF9WopKxBDK2TbIovsYdQluqix9SYe
-----END PRIVATE KEY-----`,
} as const;
