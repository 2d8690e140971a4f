# Varnish 6 or later as a cache for public images: /etc/varnish/default.vcl. The proxy in front passes requests for /p/ to it. With
# http.purge_url, e.g. http://127.0.0.1:6081, Calotype has it forget images that are withdrawn, deleted or replaced.
vcl 4.1;

# Calotype.
backend default {
    .host = "127.0.0.1";
    .port = "8000";
}

# The machines on which servers and workers of Calotype run: they may purge.
acl calotype {
    "127.0.0.1";
    "::1";
}

sub vcl_recv {
    if (req.method == "PURGE") {
        if (client.ip !~ calotype) {
            return (synth(403));
        }
        if (req.url !~ "^/p/[0-9A-Za-z]+[./]") {
            return (synth(400));
        }
        # Of this image, everything: the original and every variant, also one that is no longer made, each with any query.
        ban("obj.http.X-Url ~ ^" + regsub(req.url, "^(/p/[0-9A-Za-z]+)[./].*$", "\1") + "[./]");
        return (synth(200));
    }
    # Public images do not depend on who asks. Varnish would not look for a response to a request with one of these headers.
    if (req.url ~ "^/p/") {
        unset req.http.Authorization;
        unset req.http.Cookie;
        # Where a variant has an AVIF beside it, its response varies by Accept. Browsers write many different ones, so two are
        # made of them: with AVIF, and without.
        if (req.http.Accept ~ "(?i)(^|[, ])image/avif *(,|$|; *q=(1|0\.[0-9]*[1-9]))") {
            set req.http.Accept = "image/avif";
        } else {
            unset req.http.Accept;
        }
    }
}

sub vcl_backend_response {
    # With the URL in the stored response, bans can be tested in the background.
    set beresp.http.X-Url = bereq.url;
    # An image that has expired is not shown again while Varnish asks for it.
    set beresp.grace = 0s;
}

sub vcl_deliver {
    unset resp.http.X-Url;
}
