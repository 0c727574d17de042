import { inflateRawSync } from 'node:zlib';

/** A MaxMind DB file of 1.5 KB with the addresses of the sample day, as test/support/builders/demo-ip-records.ts writes it. */
const DEFLATED = [
  'XdLZcxRVGMbhd0JkEcMiICACRyCy7yEQFIEJIZBkEkKIsmlzZvokaejpHrp7MMMiO7iz7yiEfVFRWRRcUdZU8Q9wR+XKK++5suotPqCYi6d+9Z3v',
  '9FR1NRADWoE82g7IB15it6cdaEfaib5MO9NXaAHtQrvSbrQ7fZX2oD1pL/oa7U370L70ddqPvkH701ZgADCQoeibdBAdTIfQQvoWHSp3hwHDpUcA',
  'Ixmj6GiZjwHGSo8DxjMm0IkyLwImSRcDk6WnACWMqfRt+g6dRt+l02V/BjBTOg6USs8CyqRnA+XSc4C50hVApXQVkJCuBmqk5wG10vOBOukFQL30',
  'e8D70guBRdKLgSXSS4EPnnSsFviQbdFlVNMkTVGbGtpAG2kTdehyuoK6NE096tMMXUkDGtKIZukq+hFtpjm6mq6ha+k6+jFdTzfQjXQT3Uy30K10',
  'G91OP6Gf0s/o5/QL+qW8sa/oDmAnYxfdDewB9gL7gP2cHJD9g/QQcJhxROZHga8Z39Bj9DhtoSfoSdk/BZxmnJHJWeAc4zy9QC/Sb+l39Ht6SW79',
  'APzI+Ekml4ErjKv0Gv2Z/iI71+kN4FeZ/EZ/B/5g/Cnzv4CbjL/pP/SWnN4G7kjfBe4x7tOH/Ai7ytc4Fi/82kp16JXPrCsuKiopKdeh5em0qSlr',
  '1umMa9QC45qUn65K+VkvCnJWyrdNfFZZm4o9uTJZFSRkudT1s7YqjNfXPTsvVgVPHzbHDyPHa1SF8eqqNhVTU1SBiqtCNf/ig/8SujnhePaYlJ/+',
  'd0nS8XSQsxr8IK0jK62X+4G1ygSh43steS+eOt5zp6hMZh3XtkzGTzXl5zmDHi9L2DrSSR0aK8plTL2TcbwGX7lGr4i06+aUbdJ+pW3CVOBkIsf3',
  'HsWNV5vQtlHJnIqajIpMGIUVTubpn7Sf62qvMasbTRjLVxsqPN82Ft/QzdbKwKT8wLZCZ7Vp6fM/',
].join('');

/** The AS and country of each address of the sample day, as a MaxMind DB file. */
export function demoIpDatabase(): Buffer {
  return inflateRawSync(Buffer.from(DEFLATED, 'base64'));
}
