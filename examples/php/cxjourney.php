<?php
// cxjourney through PHP's FFI: what a program needs, over the C ABI. The declarations are those of
// the installed c.h, read at start, so that nothing here can differ from the library's.

final class CxjourneyException extends RuntimeException {}

final class Cxjourney
{
    private FFI $c;
    private ?FFI\CData $tracker = null;
    private array $borrowed = [];  // What C reads during a call lives until its end.

    public function __construct(string $header, string $library, string $path)
    {
        $text = preg_replace('/^#(?:.*\\\\\n)*.*$/m', '', file_get_contents($header));
        $text = preg_replace('/^extern "C" \{|^\} \/\* extern "C" \*\/|CXJ_C_API /m', '', $text);
        $this->c = FFI::cdef($text, $library);
        if ($this->c->cxj_abi_version() !== 1) {
            throw new CxjourneyException('written for version 1 of the ABI');
        }
        $tracker = $this->c->new('cxj_tracker*');
        $this->call('cxj_open', $this->str($path), null, FFI::addr($tracker));
        $this->tracker = $tracker;
    }

    // Touchpoints as arrays, in the JSON form of proto/cxjourney/v1; receipts likewise.
    public function record(array ...$touchpoints): array
    {
        $encode = fn ($touchpoint) => json_encode($touchpoint, JSON_THROW_ON_ERROR);
        $lines = implode("\n", array_map($encode, $touchpoints));
        $receipts = $this->c->new('cxj_bytes*');
        $this->call('cxj_record_encoded', $this->tracker, $this->c->CXJ_FORMAT_JSON_LINES,
            $this->str($lines), null, FFI::addr($receipts));
        $text = $this->text($receipts[0]->bytes);
        $this->c->cxj_bytes_free($receipts);
        return array_map(fn ($line) => json_decode($line, true, 512, JSON_THROW_ON_ERROR),
            explode("\n", trim($text)));
    }

    // Contacts of the last 7 days of the customer that holds the identifier.
    public function contacts7d(string $namespace, string $value): int
    {
        $identifier = $this->c->new('cxj_identifier');
        $identifier->name_space = $this->str($namespace);
        $identifier->value = $this->str($value);
        $context = $this->c->new('cxj_context*');
        $this->call('cxj_context_of', $this->tracker, FFI::addr($identifier), null,
            FFI::addr($context));
        $contacts = $context[0]->contacts_7d;
        $this->c->cxj_context_free($context);
        return $contacts;
    }

    public function close(): void
    {
        [$tracker, $this->tracker] = [$this->tracker, null];
        $this->call('cxj_close', $tracker);
    }

    public function __destruct()
    {
        if ($this->tracker !== null) {
            $this->c->cxj_close($this->tracker, null);
        }
    }

    // Calls what returns a code and takes an error last.
    private function call(string $function, mixed ...$arguments): void
    {
        $error = $this->c->new('cxj_error*');
        $code = $this->c->$function(...[...$arguments, FFI::addr($error)]);
        $this->borrowed = [];
        if ($code !== $this->c->CXJ_OK) {
            $message = $this->text($this->c->cxj_error_message($error));
            $this->c->cxj_error_free($error);
            throw new CxjourneyException($message, $code);
        }
    }

    private function str(string $text): FFI\CData
    {
        $str = $this->c->new('cxj_str');
        $str->size = strlen($text);
        if ($text !== '') {
            $bytes = FFI::new('char[' . strlen($text) . ']');
            FFI::memcpy($bytes, $text, strlen($text));
            $str->data = FFI::cast('char*', FFI::addr($bytes));
            $this->borrowed[] = $bytes;
        }
        return $str;
    }

    private function text(FFI\CData $str): string
    {
        return $str->size === 0 ? '' : FFI::string($str->data, $str->size);
    }
}
