import { writeEssay } from '../../lib/essay'

export default function Page() {
  return <form action={async (data) => { await writeEssay(String(data.get('topic'))) }} />
}
