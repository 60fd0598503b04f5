// A service on Jetty and Apache's HTTP client, traced by the official SDK: see ../README.md.

import com.amazonaws.xray.AWSXRay;
import com.amazonaws.xray.AWSXRayRecorderBuilder;
import com.amazonaws.xray.javax.servlet.AWSXRayServletFilter;
import com.amazonaws.xray.proxies.apache.http.HttpClientBuilder;
import com.amazonaws.xray.strategy.sampling.LocalizedSamplingStrategy;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.util.EnumSet;
import javax.servlet.DispatcherType;
import javax.servlet.http.HttpServlet;
import javax.servlet.http.HttpServletRequest;
import javax.servlet.http.HttpServletResponse;
import org.apache.http.client.methods.CloseableHttpResponse;
import org.apache.http.client.methods.HttpGet;
import org.apache.http.impl.client.CloseableHttpClient;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;
import org.eclipse.jetty.servlet.FilterHolder;
import org.eclipse.jetty.servlet.ServletContextHandler;
import org.eclipse.jetty.servlet.ServletHolder;

public final class Service extends HttpServlet {
    private static final String HEADER = "X-Amzn-Trace-Id";
    private static final ObjectMapper JSON = new ObjectMapper();

    private final transient CloseableHttpClient client = HttpClientBuilder.create().build();

    @Override
    protected void doGet(HttpServletRequest request, HttpServletResponse response) throws IOException {
        ObjectNode seen = JSON.createObjectNode();
        seen.put("header", request.getHeader(HEADER));
        seen.put("traceparent", request.getHeader("traceparent"));
        seen.putNull("called");
        // Decision and mark; then port and decision of each service behind.
        String[] parts = request.getRequestURI().split("/", 6);
        if (parts.length > 4) {
            String beyond = parts.length > 5 ? "/" + parts[5] : "";
            String path = parts[4] + "/" + parts[2] + beyond;
            call("http://127.0.0.1:" + parts[3] + "/" + path, seen.putObject("called"));
        }
        response.setContentType("application/json");
        response.getOutputStream().write(JSON.writeValueAsBytes(seen));
    }

    private void call(String url, ObjectNode called) throws IOException {
        try (CloseableHttpResponse answer = client.execute(new HttpGet(url))) {
            var header = answer.getFirstHeader(HEADER);
            called.put("answer", header == null ? null : header.getValue());
            called.set("body", JSON.readTree(answer.getEntity().getContent()));
        }
    }

    public static void main(String[] arguments) throws Exception {
        String rules = System.getenv("XRAY_INTEROP_SAMPLING");
        if (rules != null) {
            var strategy = new LocalizedSamplingStrategy(Path.of(rules).toUri().toURL());
            AWSXRay.setGlobalRecorder(
                    AWSXRayRecorderBuilder.standard().withSamplingStrategy(strategy).build());
        }

        var server = new Server(new InetSocketAddress("127.0.0.1", 0));
        var context = new ServletContextHandler();
        context.addFilter(
                new FilterHolder(new AWSXRayServletFilter("java")), "/*", EnumSet.of(DispatcherType.REQUEST));
        context.addServlet(new ServletHolder(new Service()), "/*");
        server.setHandler(context);
        server.start();
        System.out.println("listening on 127.0.0.1:" + ((ServerConnector) server.getConnectors()[0]).getLocalPort());
        server.join();
    }
}
