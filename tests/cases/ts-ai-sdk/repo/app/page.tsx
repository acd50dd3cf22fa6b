'use client'
import { useState } from 'react'

export default function Page() {
  const [settings, setChatSettings] = useState({ model: 'gpt-4o', prompt: '' })
  // What only goes into the state of a page asks no model.
  return <button onClick={() => setChatSettings({ model: 'gpt-4.1', prompt: 'x' })}>{settings.model}</button>
}
