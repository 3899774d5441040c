import type { Response } from 'express'
import type { CountedIssue } from '../../digests/issue/counted-issue.ts'
import { issueJson } from '../../digests/issue/issue-json.ts'
import { maskedFor } from './authorize.ts'

type IssueJson = ReturnType<typeof issueJson>

/** An issue as this token may see it: the reason of a pause may quote a reply that names a reader. */
export function issueFor(response: Response, counted: CountedIssue): IssueJson {
  return maskedIssue(response, issueJson(counted))
}

export function maskedIssue(response: Response, json: IssueJson): IssueJson {
  return { ...json, reason: json.reason === null ? null : maskedFor(response, json.reason) }
}
